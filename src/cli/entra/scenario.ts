import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Command } from 'commander'
import { type CredentialSettings, tokenRequester } from '../../entra/credentials/create-credentials.ts'
import { dialectOf, httpEndpoint, httpTarget } from '../../entra/http-target.ts'
import type { ExpectationResult } from '../../entra/scenario/check-resources.ts'
import type { ScenarioOptions } from '../../entra/scenario/context.ts'
import type { ListMembers } from '../../entra/scenario/lookup.ts'
import { readScenario, ScenarioError } from '../../entra/scenario/read-scenario.ts'
import { runScenario, type ScenarioResult, type StepResult } from '../../entra/scenario/run-scenario.ts'
import type { Scenario } from '../../entra/scenario/scenario.ts'
import { rotationUrl } from '../../entra/token-service/rotation.ts'
import { fetchItems } from '../api-client.ts'
import { CliError, wrongUse } from '../cli-error.ts'
import { formatCount, printable } from '../output.ts'
import { createSession } from '../session.ts'
import { readJobSettings } from './job-file.ts'
import type { Complete } from './job-options.ts'

type ConsoleHooks = {
  readonly listMembers: ListMembers
  readonly advanceClock: (milliseconds: number) => Promise<void>
}

/**
 * Uses the console of a Scimulator to list members of groups whose profile never returns them over SCIM, and to advance
 * the tenant's clock. Empty unless --console is given.
 */
function createConsoleHooks(
  command: Command,
  url: string,
  tenant: string | undefined,
): Partial<ConsoleHooks> {
  if (command.getOptionValueSourceWithGlobals('console') === 'default') return {}
  const { api } = createSession(command)
  const [first = ''] = new URL(url).pathname.split('/').filter(Boolean)
  const id = tenant ?? first
  return {
    async listMembers(group) {
      const params = { tenant: id, id: group }
      const key = 'GET /tenants/:tenant/groups/:id/members'
      const { items } = await fetchItems(api.call, key, { params }, Number.POSITIVE_INFINITY)
      return items.map(member => member.id)
    },
    async advanceClock(milliseconds) {
      await api.call('PUT /tenants/:tenant/clock', {
        params: { tenant: id },
        body: { advance: `${Math.round(milliseconds / 1000)}s` },
      })
    },
  }
}

const formatHeading = ({ name, about }: Scenario): string =>
  `${[name, about].filter(Boolean).map(printable).join('\n')}\n\n`

const marks = { met: 'ok   ', notMet: 'FAIL ', notChecked: '?    ' } as const

/** A step with its checks. */
const formatStep = ({ description, checks }: StepResult, number: number): string =>
  [`${number}. ${printable(description)}`, ...checks.map(check => `   ${formatCheck(check)}`)]
    .map(line => `${line}\n`)
    .join('')

const formatCheck = ({ outcome, claim, reason }: ExpectationResult) =>
  printable(`${marks[outcome]}${claim}${reason === undefined ? '' : `: ${reason}`}`)

const checksOf = ({ steps }: ScenarioResult) => steps.flatMap(({ checks }) => checks)

function formatResult(result: ScenarioResult): string {
  const checks = checksOf(result)
  const count = (outcome: ExpectationResult['outcome']) =>
    checks.filter(check => check.outcome === outcome).length
  const notChecked =
    count('notChecked') > 0 ? ` ${formatCount(count('notChecked'), 'check')} could not run.` : ''
  const failed = count('notMet')
  return failed === 0
    ? `\n${formatCount(count('met'), 'check')} passed.${notChecked}\n`
    : `\n${failed} of ${formatCount(checks.length, 'check')} failed.${notChecked}\n`
}

/** The result as JSON. */
const scenarioResultJson = ({ name }: Scenario, { passed, steps }: ScenarioResult) => ({
  name,
  passed,
  steps: steps.map(({ step, description, sent, checks }) => ({
    do: step.action.do,
    description,
    sent,
    checks,
  })),
})

export type RunOptions = { readonly tenant?: string }

/** `scimulator entra run SCENARIO`: runs a scenario against a target. Exit code 1 if an expectation fails. */
export async function run(named: string, { tenant }: RunOptions, command: Command): Promise<void> {
  const settings = readJobSettings(command, ['url', 'credentials'])
  const scenario = await findScenario(named)
  checkAuth(scenario, settings.credentials)
  const { url } = settings
  const { sendManagerOnCreate, activeAsStringOnCreate, memberNullRef, groupSchemaMs } = settings
  const dialect = dialectOf(url)
  const wire = { dialect, sendManagerOnCreate, activeAsStringOnCreate, memberNullRef, groupSchemaMs }
  const { json, show } = createSession(command)
  if (!json) process.stdout.write(formatHeading(scenario))
  const result = await runScenario(scenario, {
    ...connectionOf(settings),
    wire,
    ...createConsoleHooks(command, url, tenant),
    onStep: (step, number) => {
      if (!json) process.stdout.write(formatStep(step, number))
    },
  })
  show(scenarioResultJson(scenario, result), formatResult(result))
  process.exitCode = result.passed ? 0 : 1
}

function checkAuth({ auth }: Scenario, credentials: CredentialSettings): void {
  if (auth === undefined || auth.includes(credentials.auth)) return
  throw wrongUse(`This scenario requires --auth ${auth.join(' or ')}.`)
}

function connectionOf({
  url,
  credentials,
  timeout,
  keepFlagInQuery,
}: Complete<'url' | 'credentials'>): Pick<ScenarioOptions, 'target' | 'rotateKeys'> {
  const endpoint = { tenantUrl: url, timeout, keepFlagInQuery }
  if (credentials.auth === 'secret-token')
    return { target: httpTarget({ ...endpoint, token: credentials.token }) }
  const { refreshOn401 } = credentials
  return {
    target: {
      send: httpEndpoint(endpoint),
      requestToken: tokenRequester(credentials, { timeout }),
      refreshOn401,
    },
    ...('issuer' in credentials && { rotateKeys: () => rotateKeys(credentials.issuer) }),
  }
}

async function rotateKeys(issuer: string): Promise<void> {
  const url = rotationUrl(issuer)
  const { ok } = await fetch(url, { method: 'POST' }).catch(() => ({ ok: false }))
  if (!ok) throw new CliError(`Can't rotate the keys: ${url} must be \`scimulator entra issuer\`.`)
}

/** Reads a file or a built-in scenario. */
async function findScenario(named: string): Promise<Scenario> {
  const builtIn = fileURLToPath(new URL(`../../../scenarios/${named}.json`, import.meta.url))
  const isName = /^[a-z-]+$/.test(named)
  const path = isName && existsSync(builtIn) ? builtIn : named
  if (!existsSync(path)) {
    const folder = fileURLToPath(new URL('../../../scenarios', import.meta.url))
    throw wrongUse(`No scenario "${named}". Use a file or the name of a built-in scenario in ${folder}.`)
  }
  try {
    return await readScenario(path)
  } catch (error) {
    if (error instanceof ScenarioError) throw wrongUse(error.errors.join('\nscimulator: '))
    throw error
  }
}
