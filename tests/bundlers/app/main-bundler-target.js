// With `--target bundler` the import is what starts it.
import './entry.js';
import './pkg/squares.js';
