// As if the engine could not read the message that starts it.
import '@insula/web/worker';
self.dispatchEvent(new MessageEvent('messageerror'));
