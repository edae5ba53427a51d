import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, existsSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import t from 'tap'
import { createProgram } from '../../../../src/server/cli/commands.ts'
import { completionsOf } from '../../../../src/server/cli/completion.ts'

const wordsAfter = async (...words: readonly string[]) =>
  completionsOf(await createProgram(words), words).map(({ word }) => word)

t.test('the first word is a command', async t => {
  t.same(await wordsAfter('to'), ['tokens'])
  t.same(
    (await wordsAfter('')).filter(word => ['users', 'entra', 'check', 'complete'].includes(word)),
    ['users', 'entra', 'check'],
  )
})

t.test('the next word is a subcommand, an option, or the choice of an option', async t => {
  t.same(await wordsAfter('users', 'h'), ['history', 'help'])
  t.same(await wordsAfter('users', 'list', '--st'), ['--status'])
  t.same(await wordsAfter('users', 'list', '--status', 'r'), ['retained', 'removed'])
  t.same(await wordsAfter('completion', 'f'), ['fish'])
  t.same(await wordsAfter('entra', 'on'), ['on-demand'])
})

t.test('options before the command, and global ones after it, are completed', async t => {
  t.same(await wordsAfter('--console', 'http://127.0.0.1:9000', 'tok'), ['tokens'])
  t.same(await wordsAfter('--json', 'users', 'show', 'marge', '--wi'), ['--wide'])
  t.same(await wordsAfter('users', 'show', '--tenant', ''), [], 'a value without choices')
})

const program = resolve('src/server/cli/scimulator.ts')

t.test(
  'bash completes a command line with the printed script',
  { skip: !existsSync('/bin/bash') },
  async t => {
    const folder = t.testdir()
    const command = join(folder, 'scimulator')
    writeFileSync(command, `#!/bin/sh\nexec "${process.execPath}" "${program}" "$@"\n`)
    chmodSync(command, 0o700)
    const script = `
    source <(scimulator completion bash)
    at() { COMP_LINE="$1" COMP_POINT=\${#1}; _scimulator; echo "\${COMPREPLY[@]}"; }
    at 'scimulator users list --status r'
    at 'scimulator entra run mass'
    at 'scimulator users list --status '
    scimulator() { printf 'marge@example.org\\tMarge\nmarge two@example.org\\t\n'; }
    COMP_WORDBREAKS='@:= '
    at 'scimulator why marge@ex'
    at 'scimulator why marge'`
    const env = { ...process.env, NODE_OPTIONS: '', PATH: `${folder}:${process.env.PATH}` }
    t.equal(
      execFileSync('/bin/bash', ['-c', script], { env, encoding: 'utf8' }),
      [
        'retained removed',
        'mass-deletion',
        'active disabled retained removed deleted',
        'example.org marge\\ two@example.org',
        'marge@example.org marge\\ two@example.org',
        '',
      ].join('\n'),
    )
  },
)

t.test(
  'zsh passes words without their quotes, and keeps backslashes and colons of names',
  { skip: spawnSync('zsh', ['--version']).status !== 0 },
  async t => {
    const script = `
    compdef() { : }
    source <("${process.execPath}" "${program}" completion zsh)
    _describe() { print -rl -- $candidates }
    scimulator() { printf '%s\\t(%s)\\n' 'back\\slash:x' "\${@[-1]}" }
    words=(scimulator why 'anna\\ s') CURRENT=3
    _scimulator`
    t.equal(
      execFileSync('zsh', ['-fc', script], { env: { ...process.env, NODE_OPTIONS: '' }, encoding: 'utf8' }),
      'back\\\\slash\\:x:(anna s)\n',
    )
  },
)

t.test('PowerShell inserts a name with other characters in quotes', async t => {
  const script = execFileSync(process.execPath, [program, 'completion', 'powershell'], {
    env: { ...process.env, NODE_OPTIONS: '' },
    encoding: 'utf8',
  })
  const [, pattern = ''] = /-notmatch '([^']+)'/.exec(script) ?? []
  const isBare = (name: string) => new RegExp(pattern).test(name)
  t.same(['marge@example.org', '--status', 'tokens'].filter(isBare).length, 3)
  t.same(['$(calc)', 'a;calc', 'a b', "o'brien", '@splat', '`x', 'a,b', 'a|b', '{x}'].filter(isBare), [])
  t.match(script, '::new($text, $name,')
})
