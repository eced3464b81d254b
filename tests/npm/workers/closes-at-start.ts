import '@insula/web/worker';
self.close();
