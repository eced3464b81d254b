// worker.ts
export const api = serve({
  users: (json: string): User[] => JSON.parse(json),
  person: (json: string): Person => JSON.parse(json),
});

// page.ts
const [users, person] = await Promise.all([
  pool.run('users', [list]),
  pool.run('person', [one], { priority: 1 }),
]);
