import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { run } from '../http/cli/run.ts'

type Command = { readonly args: readonly string[]; readonly shown: readonly string[] }

/** The commands in blocks of `sh`, with the lines of the block of `text` after each. */
function commandsOf(page: string): readonly Command[] {
  const blocks = [...page.matchAll(/^```(sh|text)\n(.*?)^```$/gms)]
  return blocks.flatMap(([, kind, code = ''], at) => {
    if (kind !== 'sh') return []
    const [, next, shown = ''] = blocks[at + 1] ?? []
    const args = code.replaceAll('\\\n', ' ').trim().split(/\s+/).slice(1)
    return [{ args, shown: next === 'text' ? shown.trim().split('\n') : [] }]
  })
}

t.test('Changing the identity provider: its commands print what the page shows', async t => {
  const commands = commandsOf(readFileSync('docs/changing-identity-provider.md', 'utf8'))
  t.equal(commands.length, 6)
  const folder = t.testdir({})
  const inFolder = (arg: string) => (/^(plan|access)\.\w+$/.test(arg) ? join(folder, arg) : arg)
  for (const { args, shown } of commands) {
    const { code, out, err } = await run(args.map(inFolder))
    t.match(String(code), /^[01]$/, `${args.join(' ')}: ${err}`)
    const lines = out.split('\n')
    t.same(
      shown.filter(line => !lines.includes(line)),
      [],
    )
  }
  const written = (name: string) => readFileSync(join(folder, name), 'utf8')
  t.match(written('plan.md'), /^# .*\n\n## Result\n.*## Before the switch\n.*## Afterwards\n/s)
  t.match(written('plan.html'), /^<!doctype html>/)
  t.match(written('access.csv'), /^person,source,awsUserId,/)
})
