// What `npx vite` starts in the application of docs/rust-for-typescript.md, and a script that says when its page is done.
const { APP, BASE, CACHE } = process.env;

const watch = `setInterval(() => {
  if (document.body.textContent.includes('three')) document.body.dataset.state = 'done';
}, 50);
addEventListener('unhandledrejection', ({ reason }) => {
  document.body.textContent = reason;
  document.body.dataset.state = 'failed';
});`;

export default {
  root: APP,
  base: BASE,
  cacheDir: CACHE,
  plugins: [{ name: 'watch', transformIndexHtml: () => [{ tag: 'script', children: watch }] }],
};
