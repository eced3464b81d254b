interface Listener {
  readonly calls: Set<() => void>;
  readonly hear: () => void;
}

/** Each signal has one listener for all that wait for it, because engines find the listener that is to go by a search. */
const listeners = new WeakMap<AbortSignal, Listener>();

/** Calls `call` when `signal`, which is not aborted yet, is. Returns what takes it back. */
export function onAbort(signal: AbortSignal, call: () => void): () => void {
  const listener = listeners.get(signal) ?? listenTo(signal);
  const { calls, hear } = listener;
  if (calls.size === 0) signal.addEventListener('abort', hear);
  calls.add(call);
  return () => {
    if (calls.delete(call) && calls.size === 0) signal.removeEventListener('abort', hear);
  };
}

function listenTo(signal: AbortSignal): Listener {
  const calls = new Set<() => void>();
  const hear = () => {
    for (const call of calls) call();
  };
  const listener = { calls, hear };
  listeners.set(signal, listener);
  return listener;
}
