/** A sentence if better-sqlite3, which is built for N-API 10, would crash this process without a message. */
export const nodeProblem: string | undefined =
  Number(process.versions.napi) < 10
    ? `Node.js ${process.versions.node} is too old. Use Node.js 22.14 or newer.`
    : undefined
