import { readFileSync } from 'node:fs'

// From dist, package.json is one folder further away.
const packageFile = import.meta.url.endsWith('.ts') ? '../package.json' : '../../package.json'

export const version: string = JSON.parse(readFileSync(new URL(packageFile, import.meta.url), 'utf8')).version
