import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'

type Step = {
  readonly id: string
  readonly shell: string
  readonly env: Readonly<Record<string, string>>
  readonly run: string
}

/** An action whose steps are all scripts. */
export type CompositeAction = {
  readonly name: string
  readonly description: string
  readonly branding: { readonly icon: string; readonly color: string }
  readonly inputs: Readonly<Record<string, { readonly description: string; readonly default: string }>>
  readonly outputs: Readonly<Record<string, { readonly description: string; readonly value: string }>>
  readonly runs: { readonly using: string; readonly steps: readonly Step[] }
}

type Environment = Readonly<Record<string, string | undefined>>

/** Runs the steps of an action in a folder as GitHub's runner does, until one fails. */
export async function runAction(
  { inputs: declared, outputs: returned, runs }: CompositeAction,
  inputs: Readonly<Record<string, string>>,
  { folder, env }: { readonly folder: string; readonly env: Environment },
) {
  const values = new Map(
    Object.entries(declared).map(([name, input]) => [`inputs.${name}`, inputs[name] ?? input.default]),
  )
  const evaluate = (template: string) =>
    template.replace(/\$\{\{ (\S+) \}\}/g, (_, expression: string) => values.get(expression) ?? '')
  let stdout = ''
  for (const { id, env: ofStep, run } of runs.steps) {
    const file = join(folder, `output-of-${id}`)
    const variables = Object.entries(ofStep).map(([name, template]) => [name, evaluate(template)])
    const step = spawn('bash', ['--noprofile', '--norc', '-e', '-o', 'pipefail', '-c', run], {
      cwd: folder,
      env: { ...env, GITHUB_OUTPUT: file, ...Object.fromEntries(variables) },
    })
    const [output, errors, [status]] = await Promise.all([
      text(step.stdout),
      text(step.stderr),
      once(step, 'close'),
    ])
    stdout += output
    if (status !== 0) return { status, stdout, stderr: errors, outputs: {} as Record<string, string> }
    for (const line of existsSync(file) ? readFileSync(file, 'utf8').trimEnd().split('\n') : []) {
      const at = line.indexOf('=')
      values.set(`steps.${id}.outputs.${line.slice(0, at)}`, line.slice(at + 1))
    }
  }
  const outputs = Object.entries(returned).map(([name, { value }]) => [name, evaluate(value)])
  return { status: 0, stdout, stderr: '', outputs: Object.fromEntries(outputs) as Record<string, string> }
}
