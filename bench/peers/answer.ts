/** What every peer answers to `GET /user/:id`. */
export const answerUser = (id: string): { id: string; name: string; roles: readonly string[] } => ({
  id,
  name: "Ada Lovelace",
  roles: ["reader", "editor"],
});

/** What is sent to `POST /echo`, about 1 KB. */
export const order: {
  readonly items: readonly { readonly sku: string; readonly count: number }[];
} = {
  items: Array.from({ length: 28 }, (_, index) => ({ sku: `article-${index}`, count: index })),
};
