import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { productionLock } from './package/production-lock.ts'

/**
 * Writes `npm-shrinkwrap.json` for the package: npm installs exactly these versions with it. In the checkout it would take
 * precedence over `package-lock.json`, so `postpack` removes it.
 */
const root = join(import.meta.dirname, '..')
const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'))
writeFileSync(join(root, 'npm-shrinkwrap.json'), `${JSON.stringify(productionLock(lock), null, 2)}\n`)
