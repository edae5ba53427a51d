import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { bundlePage } from '../src/console/bundle-page.ts'

/** Bundles the console's page next to the compiled server, so that a package needs no bundler. */

const target = 'dist/ui'
mkdirSync(target, { recursive: true })
const [script, style] = await bundlePage()
writeFileSync(`${target}/main.js`, script)
writeFileSync(`${target}/main.css`, style)
copyFileSync('src/ui/icon.svg', `${target}/icon.svg`)
