// Longer than any test waits; not for ever, because in Deno it goes on when its worker is terminated.
const end = performance.now() + 5000;
while (performance.now() < end);
