import { globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { awsErrorPages, awsErrorsPage } from './aws-errors-page.ts'
import { awsProfilePage } from './aws-profile-page.ts'
import { cliPage, commandPages } from './cli-page.ts'
import { findingPages, findingsPage } from './findings-page.ts'
import { identityProvidersPage } from './identity-providers-page.ts'
import { identityStorePage } from './identity-store-page.ts'
import { interoperabilityPage } from './interoperability-page.ts'
import { monitoringPage } from './monitoring-page.ts'
import { pagesWithSettings } from './pages-with-settings.ts'
import { recognitionPage } from './recognition-page.ts'
import { recordingsPage } from './recordings-page.ts'
import { pagesWithActions } from './release/action-reference.ts'
import { rfcProfilePage } from './rfc-profile-page.ts'
import { rulesPage } from './rules-page.ts'
import { signInCheckPage } from './sign-in-check-page.ts'

const pages = [
  { file: new URL('../docs/cli.md', import.meta.url), text: cliPage },
  ...commandPages,
  { file: new URL('../docs/aws-errors.md', import.meta.url), text: awsErrorsPage },
  ...awsErrorPages,
  { file: new URL('../docs/aws-profile.md', import.meta.url), text: awsProfilePage },
  { file: new URL('../docs/rfc-profile.md', import.meta.url), text: rfcProfilePage },
  { file: new URL('../docs/interoperability.md', import.meta.url), text: interoperabilityPage },
  { file: new URL('../docs/findings.md', import.meta.url), text: findingsPage },
  ...findingPages,
  { file: new URL('../docs/recognized-clients.md', import.meta.url), text: recognitionPage },
  { file: new URL('../docs/identity-providers.md', import.meta.url), text: identityProvidersPage },
  { file: new URL('../docs/identity-store.md', import.meta.url), text: identityStorePage },
  { file: new URL('../docs/sign-in-check.md', import.meta.url), text: signInCheckPage },
  { file: new URL('../docs/rules.md', import.meta.url), text: rulesPage },
  { file: new URL('../docs/monitoring.md', import.meta.url), text: monitoringPage },
  ...pagesWithSettings(),
  ...pagesWithActions(),
  recordingsPage(),
]

/** The folders that have generated pages only. */
const folders = ['aws-errors', 'cli', 'findings'].map(name => new URL(`../docs/${name}/`, import.meta.url))

const written = new Set(pages.map(({ file }) => file.href))
const outdated = folders
  .flatMap(folder => globSync('**/*.md', { cwd: fileURLToPath(folder) }).map(name => new URL(name, folder)))
  .filter(file => !written.has(file.href))

const textOf = (file: URL) => {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}

const stale = pages.filter(({ file, text }) => textOf(file) !== text)

if (process.argv.includes('--check')) {
  for (const { pathname } of [...stale.map(({ file }) => file), ...outdated])
    console.error(`${pathname} is out of date. Run: npm run docs`)
  process.exitCode = stale.length + outdated.length > 0 ? 1 : 0
} else {
  for (const { file, text } of stale) {
    mkdirSync(new URL('.', file), { recursive: true })
    writeFileSync(file, text)
  }
  for (const file of outdated) rmSync(file)
}
