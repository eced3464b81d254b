// The application's own code, which must run once: on the page.
globalThis.starts = (globalThis.starts ?? 0) + 1;

globalThis.show = (state, text) => {
  document.body.textContent = text;
  document.body.dataset.state = state;
};

// How long a worker may take to start, in milliseconds, where the page's URL says so.
globalThis.startTimeout = Number(new URLSearchParams(location.search).get('start_timeout')) || undefined;
