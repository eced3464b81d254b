// docs/rust-for-typescript.md as something that a program can follow.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const page = fileURLToPath(new URL('../../docs/rust-for-typescript.md', import.meta.url));

/** The page's commands and files, for a crate of this name: `begin` makes its folder, `build` comes after its files. */
export function application(name) {
  const blocks = [...readFileSync(page, 'utf8').matchAll(/```([\w,]+)\n([^]*?)```/g)].map(([, kind, block]) => ({
    kind,
    block: block.replaceAll('words', name),
  }));
  const [begin, build] = blocks.filter(({ kind }) => kind === 'sh').map(({ block }) => block);
  const files = blocks.flatMap(({ block }) => {
    const [line, path] = block.match(/^(?:\/\/|<!--) (\S+\.(?:rs|ts|html)).*\n/) ?? [];
    return path === undefined ? [] : [{ path, text: block.slice(line.length) }];
  });
  return { begin, build, files };
}

/** Writes files of an application into its folder. */
export function write(files, folder) {
  for (const { path, text } of files) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
}
