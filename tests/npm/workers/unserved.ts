import { isolate } from '@insula/web/worker';
void isolate;
