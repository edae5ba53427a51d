import { existsSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Command } from 'commander'
import {
  type CredentialSettings,
  type RequestedCredentials,
  tokenRequester,
} from '../../../provisioning/entra/credentials/create-credentials.ts'
import { rotationUrl } from '../../../provisioning/entra/credentials/microsoft.ts'
import { type EntraSettings, entraSettings } from '../../../provisioning/entra/settings.ts'
import { dialectOf, httpEndpoint, httpTarget } from '../../../provisioning/kit/http-target.ts'
import type { Complete } from '../../../provisioning/kit/job-file.ts'
import type { ExpectationResult } from '../../../provisioning/scenario/check-resources.ts'
import type { ScenarioOptions, SecretRotation } from '../../../provisioning/scenario/context.ts'
import type { Scenario } from '../../../provisioning/scenario/read-scenario.ts'
import { readScenario, ScenarioError } from '../../../provisioning/scenario/read-scenario.ts'
import {
  runScenario,
  type ScenarioResult,
  type StepResult,
} from '../../../provisioning/scenario/run-scenario.ts'
import { CliError, wrongUse } from '../cli-error.ts'
import { readSettings } from '../job-settings.ts'
import { formatCount, printable } from '../output.ts'
import { type ApiClient, createSession, fetchItems } from '../session.ts'

const formatHeading = ({ name, about }: Scenario): string =>
  `${[name, about].filter(Boolean).map(printable).join('\n')}\n\n`

const marks = { met: 'ok   ', notMet: 'FAIL ', notChecked: '?    ' } as const

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

/** Exit code 1 if an expectation fails. */
export async function run(named: string, { tenant }: RunOptions, command: Command): Promise<void> {
  const settings = readSettings(command, entraSettings, ['url', 'credentials'])
  const scenario = await findScenario(named)
  checkAuth(scenario, settings.credentials)
  const { url } = settings
  const { sendManagerOnCreate, activeAsStringOnCreate, memberNullRef, groupSchemaMs } = settings
  const dialect = dialectOf(url)
  const wire = { dialect, sendManagerOnCreate, activeAsStringOnCreate, memberNullRef, groupSchemaMs }
  const { json, show } = createSession(command)
  if (!json) process.stdout.write(formatHeading(scenario))
  const result = await runScenario(scenario, {
    ...connectionOf(settings, consoleOf(command, url, tenant)),
    wire,
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

async function findScenario(named: string): Promise<Scenario> {
  const builtIn = fileURLToPath(new URL(`../../../../scenarios/${named}.json`, import.meta.url))
  const isName = /^[a-z-]+$/.test(named)
  const path = isName && existsSync(builtIn) ? builtIn : named
  if (!existsSync(path)) {
    const folder = fileURLToPath(new URL('../../../../scenarios', import.meta.url))
    throw wrongUse(`No scenario "${named}". Use a file or the name of a built-in scenario in ${folder}.`)
  }
  try {
    return await readScenario(path)
  } catch (error) {
    if (error instanceof ScenarioError) throw wrongUse(error.errors.join('\nscimulator: '))
    throw error
  }
}

type Console = { readonly api: ApiClient; readonly tenant: string }

/** Undefined unless --console is given. */
function consoleOf(command: Command, url: string, tenant: string | undefined): Console | undefined {
  if (command.getOptionValueSourceWithGlobals('console') === 'default') return undefined
  const [first = ''] = new URL(url).pathname.split('/').filter(Boolean)
  return { api: createSession(command).api, tenant: tenant ?? first }
}

function connectionOf(
  { url, credentials, timeout, keepFlagInQuery }: Complete<EntraSettings, 'url' | 'credentials'>,
  console: Console | undefined,
): Pick<ScenarioOptions, 'target' | 'rotateKeys' | 'secrets' | 'listMembers' | 'advanceClock'> {
  const endpoint = { tenantUrl: url, timeout, keepFlagInQuery }
  const hooks = console ? consoleHooks(console) : {}
  if (credentials.auth === 'secret-token')
    return { target: httpTarget({ ...endpoint, token: credentials.token }), ...hooks }
  let settings: RequestedCredentials = credentials
  return {
    target: {
      send: httpEndpoint(endpoint),
      requestToken: () => tokenRequester(settings, { timeout })(),
      refreshOn401: credentials.refreshOn401,
    },
    ...hooks,
    ...('issuer' in credentials && { rotateKeys: () => rotateKeys(credentials.issuer) }),
    ...(console &&
      credentials.auth === 'client-credentials' && {
        secrets: secretRotation(console, credentials.clientId, clientSecret => {
          settings = { ...credentials, clientSecret }
        }),
      }),
  }
}

/** The console lists members of groups whose profile never returns them over SCIM. */
const consoleHooks = ({ api, tenant }: Console): Pick<ScenarioOptions, 'listMembers' | 'advanceClock'> => ({
  async listMembers(group) {
    const params = { tenant, id: group }
    const key = 'GET /tenants/:tenant/groups/:id/members'
    const { items } = await fetchItems(api.call, key, { params }, Number.POSITIVE_INFINITY)
    return items.map(member => member.id)
  },
  async advanceClock(milliseconds) {
    await api.call('PUT /tenants/:tenant/clock', {
      params: { tenant },
      body: { advance: `${Math.round(milliseconds / 1000)}s` },
    })
  },
})

function secretRotation(
  { api, tenant }: Console,
  client: string,
  use: (secret: string) => void,
): SecretRotation {
  const params = { tenant, client }
  let current: string | undefined
  return {
    async create() {
      const { id, value } = await api.call('POST /tenants/:tenant/clients/:client/secrets', { params })
      current = id
      use(value)
    },
    async deleteOld() {
      const { secrets } = await api.call('GET /tenants/:tenant/clients/:client', { params })
      for (const { id } of secrets.filter(secret => secret.id !== current)) {
        await api.call('DELETE /tenants/:tenant/clients/:client/secrets/:secret', {
          params: { ...params, secret: id },
        })
      }
    },
  }
}

/** How often a server fetches the keys of an issuer on loopback at most. */
const fetchInterval = 1000

async function rotateKeys(issuer: string): Promise<void> {
  const url = rotationUrl(issuer)
  const { ok } = await fetch(url, { method: 'POST' }).catch(() => ({ ok: false }))
  if (!ok) throw new CliError(`Can't rotate the keys: ${url} must be \`scimulator entra issuer\`.`)
  await setTimeout(fetchInterval)
}
