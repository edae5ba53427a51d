/**
 * Parts of `node:http`, for modules that every start loads. An `import` of it also loads what its exports need when they are first
 * read: the client behind `fetch` and WebSocket, which takes 15 ms.
 */
export const { ServerResponse, STATUS_CODES } = process.getBuiltinModule('node:http')
