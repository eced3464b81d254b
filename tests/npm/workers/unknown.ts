// A module that does not know of insula.
export {};
