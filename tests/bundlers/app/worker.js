// The worker's script where the bundler makes none.
import * as glue from './pkg/squares.js';

self.insula = glue;
