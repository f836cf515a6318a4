export interface User {
  readonly id: string;
  readonly name: string;
}

export const userOf = (id: string): User => ({ id, name: "Ada Lovelace" });

/** Comes back on a later turn of the event loop, like any real lookup. */
export function findUser(id: string): Promise<User> {
  return new Promise((resolve) => {
    setImmediate(() => resolve(userOf(id)));
  });
}

/** 50 KB of JSON that compresses as real JSON does. */
export const largeJson: string = JSON.stringify(
  Array.from({ length: 740 }, (_, index) => ({
    ...userOf(String(index * 7_919)),
    score: (index * 31) % 997,
    isActive: index % 3 === 0,
  })),
);
