// @ts-expect-error it is not there
import './no-such-file.js';
