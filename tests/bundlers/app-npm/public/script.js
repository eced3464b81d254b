// A module of the page that no bundler sees.
export {};
