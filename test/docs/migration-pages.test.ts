import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { parseDocument } from 'yaml'
import { ignoreRulesSchema } from '../../src/domain/contract/drift.ts'
import { createServer } from '../../src/index.ts'
import { run } from '../http/cli/run.ts'
import { type Block, blocksOf, missingLines } from '../support/page-blocks.ts'

/** Runs the commands, and looks for the lines that the page shows. */
async function runBlocks(
  t: Test,
  blocks: readonly Block[],
  withArgs: (args: readonly string[]) => readonly string[],
): Promise<void> {
  for (const { code: text, shown } of blocks) {
    const args = text.replaceAll('\\\n', ' ').trim().split(/\s+/).slice(1)
    const { code, out, err } = await run(withArgs(args))
    t.match(String(code), /^[01]$/, `${args.join(' ')}: ${err}`)
    t.same(missingLines(shown, out), [])
  }
}

t.test('Changing the identity provider: its commands print what the page shows', async t => {
  const folder = t.testdir({})
  const inFolder = (arg: string) => (/^(plan|access)\.\w+$/.test(arg) ? join(folder, arg) : arg)
  await runBlocks(t, blocksOf('docs/changing-identity-provider.md'), args => args.map(inFolder))
  const written = (name: string) => readFileSync(join(folder, name), 'utf8')
  t.match(written('plan.md'), /^# .*\n\n## Result\n.*## Before the switch\n.*## Afterwards\n/s)
  t.match(written('plan.html'), /^<!doctype html>/)
  t.match(written('access.csv'), /^person,source,awsUserId,/)
})

t.test('Working with your real AWS directory: its commands print what the page shows', async t => {
  const server = await createServer({ tenant: 'other' })
  t.teardown(() => server.close())
  await runBlocks(t, blocksOf('docs/moving-to-aws.md'), args => [...args, '--console', server.console])
})

t.test('the examples of nightly runs use options that exist', async t => {
  const folder = 'examples/drift'
  const { out: help } = await run(['drift', '--help'])
  for (const name of ['github-actions.yml', 'cronjob.yaml', 'scimulator-drift.service']) {
    const text = readFileSync(join(folder, name), 'utf8')
    const command =
      text.slice(text.lastIndexOf('scimulator drift ')).split(/\n\s*\n|\n +(?:env|- if):/, 1)[0] ?? ''
    const options = command.match(/(?<= )--?[a-z][a-z-]*/g) ?? []
    t.same(
      options.filter(option => !help.includes(`${option} `) && !help.includes(`${option},`)),
      [],
      name,
    )
    t.equal(options.length, 5, command)
    if (!name.endsWith('service')) t.same(parseDocument(text, { strict: true }).errors, [])
  }
  const rules = JSON.parse(readFileSync(join(folder, 'ignore.json'), 'utf8'))
  t.same(ignoreRulesSchema.parse(rules), rules)
})
