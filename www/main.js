// Starts the page's wasm module; what is not caught here is shown by the module itself.
import init from './pkg/insula_www.js';

try {
  await init();
} catch (error) {
  const alert = document.getElementById('error');
  alert.textContent = `The page could not start: ${error}`;
  alert.hidden = false;
  document.getElementById('status').textContent = '';
  document.body.dataset.state = 'failed';
}
