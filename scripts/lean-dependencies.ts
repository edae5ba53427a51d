import { sep } from 'node:path'
import type { Plugin } from 'esbuild'

/**
 * Modules of dependencies, by the end of their path, and what is bundled in their place: parts of them that the server never uses are a
 * fifth of a package.
 */
const replacements: Readonly<Record<string, string>> = {
  // Without caches, mocks, cookies, WebSockets and interceptors.
  'undici/index.js': `
    const { getGlobalDispatcher } = require('./lib/global')
    const api = require('./lib/api')
    Object.assign(require('./lib/dispatcher/dispatcher').prototype, api)
    exports.Agent = require('./lib/dispatcher/agent')
    exports.EnvHttpProxyAgent = require('./lib/dispatcher/env-http-proxy-agent')
    exports.fetch = require('./lib/web/fetch').fetch
    exports.request = (url, options) => {
      const { origin, pathname, search } = new URL(url)
      return getGlobalDispatcher().request({ ...options, origin, path: pathname + search })
    }`,
  // The same parser twice, once for processors with vector instructions.
  'undici/lib/llhttp/llhttp_simd-wasm.js': `module.exports = require('./llhttp-wasm.js')`,
  // For the OpenAPI document as YAML, which the server doesn't have.
  'yaml/dist/index.js': `exports.stringify = () => { throw new Error('YAML is not bundled.') }`,
  // No route has a JSON schema: the console's have schemas of zod, with compilers of their own.
  '@fastify/ajv-compiler/index.js': `module.exports = () => () => { throw new Error('JSON schemas are not bundled.') }`,
  '@fastify/fast-json-stringify-compiler/index.js': `module.exports = require('@fastify/ajv-compiler')`,
  // Only results of forms that a client fills in are validated by JSON schema; tools have schemas of zod.
  '@modelcontextprotocol/server/dist/shimsNode.mjs': `
    export { default as process } from 'node:process'
    export class DefaultJsonSchemaValidator {
      getValidator() { throw new Error('JSON schemas are not bundled.') }
    }`,
}

export const leanDependencies: Plugin = {
  name: 'lean-dependencies',
  setup({ onLoad, onEnd }) {
    const used = new Set<string>()
    onLoad({ filter: /[\\/]node_modules[\\/]/ }, ({ path }) => {
      const [, name = ''] = /.*\/node_modules\/(.*)/.exec(path.split(sep).join('/')) ?? []
      const contents = replacements[name]
      if (contents === undefined) return undefined
      used.add(name)
      return { contents, loader: 'js' }
    })
    onEnd(() => {
      const unused = Object.keys(replacements).filter(name => !used.has(name))
      // A program without any of these dependencies may be bundled, too.
      if (used.size > 0 && unused.length > 0) throw new Error(`No module is replaced: ${unused.join(', ')}.`)
    })
  },
}
