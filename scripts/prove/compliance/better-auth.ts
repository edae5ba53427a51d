import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import { resolve } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { pathToFileURL } from 'node:url'

/**
 * Starts the SCIM server of Better Auth, installed in a folder, and prints how to grade it:
 *
 *   npm install --prefix FOLDER --legacy-peer-deps better-auth@1.7.5 @better-auth/scim@1.7.5 @better-auth/utils@0.4.2
 *   node scripts/prove/compliance/better-auth.ts FOLDER
 */
const [folder = '.', port = '4601'] = process.argv.slice(2)
const found = createRequire(resolve(folder, 'package.json'))
const load = async (name: string) => import(pathToFileURL(found.resolve(name)).href)
const [{ betterAuth }, { getMigrations }, { toNodeHandler }, { scim }] = await Promise.all(
  ['better-auth', 'better-auth/db/migration', 'better-auth/node', '@better-auth/scim'].map(load),
)

const token = 'a-token-of-at-least-thirty-two-characters'
const root = `http://127.0.0.1:${port}`
const auth = betterAuth({
  database: new DatabaseSync(':memory:'),
  secret: token,
  baseURL: root,
  rateLimit: { enabled: false },
  telemetry: { enabled: false },
  plugins: [scim({ connections: [{ id: 'graded', credentials: [{ type: 'bearer', id: 'only', token }] }] })],
})
await (await getMigrations(auth.options)).runMigrations()
createServer(toNodeHandler(auth)).listen(Number(port), '127.0.0.1', () =>
  process.stdout.write(
    `npm run prove -- servers --server better-auth=${root}/api/auth/scim/v2 --token ${token}\n`,
  ),
)
