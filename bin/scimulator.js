#!/usr/bin/env node
import { existsSync } from 'node:fs'
import module from 'node:module'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { isBuildCurrent } from './sources.js'

/**
 * Starts the program: an installed package from `dist`; a checkout from `dist` if that was built from exactly the present
 * sources, else from the sources. JavaScript, because compiling the first TypeScript file costs 50 ms.
 */

const root = fileURLToPath(new URL('..', import.meta.url))

// In the program's own folder: only an account that can change the program can change its compiled code. Nothing is cached
// where the folder is read-only, or by versions of Node.js that are too old for the program.
// The variable is for threads, which inherit the environment and not the cache.
process.env.NODE_COMPILE_CACHE ??= join(root, 'node_modules/.cache/scimulator')
module.enableCompileCache?.()

const isCheckout = existsSync(join(root, 'src'))
const program =
  isCheckout && !isBuildCurrent(root) ? 'src/server/cli/scimulator.ts' : 'dist/cli/scimulator.js'
await import(pathToFileURL(join(root, program)).href)
