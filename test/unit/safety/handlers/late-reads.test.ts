import { describe, expect, it } from "vitest";
import { mayReadLater } from "../../../../safety/handlers/late-reads.ts";

// As text, so that no compiler changes what is judged.
const judge = (source: string): boolean =>
  // oxlint-disable-next-line typescript/no-implied-eval
  mayReadLater(new Function(`return ${source}`)() as () => void);

describe("mayReadLater", () => {
  it.each([
    "async (res) => { await x(); res.end(); }",
    "async res => { await x(); res.end(); }",
    "() => {}",
    "async () => {}",
    "async function named(res) { await x(); }",
    "function (res) { setTimeout(() => res.end()); }",
    "(res, req) => { res.end(req.getUrl()); }",
    "(res, req,) => { res.end(req.getUrl()); }",
    "async (res, req) => { const id = req.getParameter(0); await x(id); res.end(id); }",
    "async (res, req) => { res.json(await find(req.getParameter(0))); }",
    'async (res, req) => { res.json(await db.users.find(req.getParameter("id"), { a: 1 })); }',
    "async (res, req) => { const url = req.getUrl(); res.onAborted(() => {}); await x(); }",
    "async (res, $) => { const url = $.getUrl(); await x(); }",
    "async (res, req) => { await x(); res.end(request.body); }",
  ])("proves that %s does not", (source) => {
    expect(judge(source)).toBe(false);
  });

  it.each([
    "async (res, req) => { await x(); res.end(req.getUrl()); }",
    "async (res, req) => { await x(req); }",
    "async (res, req) => { const copy = req; await x(); copy.getUrl(); }",
    "async (res, req) => { const { getUrl } = req; await x(); }",
    "async (res, req) => { later(() => req.getUrl()); }",
    "async (res, req) => { later(function () { req.getUrl(); }); }",
    "async (res, req) => { const o = { m() { return req.getUrl(); } }; await x(o); }",
    "async (res, req) => { const o = { m() /* c */ { return req.getUrl(); } }; await x(o); }",
    "async (res, req) => { const o = { get m() { return req.getUrl(); } }; await x(o); }",
    "async (res, req) => { class A { static m = req.getUrl(); } await x(A); }",
    "async (res, req) => { for (;;) { req.getUrl(); await x(); } }",
    "async (res, req) => { do { req.getUrl(); await x(); } while (y); }",
    "async (res, req) => { try { await x(); } finally { req.getUrl(); } }",
    "async (res, req) => { await x(await y(), req.getUrl()); }",
    "async (res, req) => { await x(1).y(req.getUrl()); }",
    "async (res, req) => { await x(() => req.getUrl()); }",
    "async (res, req) => { await x(`${req.getUrl()}`); }",
    'async (res, req) => { await x("\\")", req.getUrl()); }',
    'async (res, req) => { await x(")"); req.getUrl(); }',
    "async (res, req) => { await (x, req.getUrl()); }",
    "async (res, req) => { await x(); arguments[1].getUrl(); }",
    "async (res, req) => { await x(); eval('req.getUrl()'); }",
    "async (res, req) => { await x(); r\\u0065q.getUrl(); }",
    "async (res, req = 1) => { await x(); }",
    "async (...all) => { await x(); all[1].getUrl(); }",
    "async (res, { getUrl }) => { await x(); }",
    "async (res, req) => { req.getHeader; await x(); }",
    "async (res, req) => { use(req['getUrl']); await x(); }",
    "(async (res, req) => { await x(); req.getUrl(); }).bind(null)",
    "({ async m(res, req) { await x(); req.getUrl(); } }).m",
    "class A {}",
  ])("doubts that %s does not", (source) => {
    expect(judge(source)).toBe(true);
  });
});
