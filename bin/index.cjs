'use strict'
/**
 * `require('scimulator')`. Jest runs tests in a sandbox, whose module loader does not load ES modules. The loader of Node.js does,
 * and it keeps the server out of reach of Jest's fake timers.
 */
const { runInThisContext } = require('node:vm')
const { createRequire } = runInThisContext('process').getBuiltinModule('node:module')
module.exports = createRequire(__filename)('../dist/index.js')
