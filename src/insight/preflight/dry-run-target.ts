import { randomBytes } from 'node:crypto'
import { parse } from 'node:querystring'
import type { KeptOrders, ResourceStore } from '../../domain/ports/resources.ts'
import type { Tenant } from '../../domain/tenants/tenant.ts'
import type { BrokenRule, Profile } from '../../profiles/profile.ts'
import {
  parseJsonOrUndefined,
  type Target,
  type TargetRequest,
  type TargetResponse,
} from '../../provisioning/kit/target.ts'
import { noDeclarations } from '../../scim/declare/declarations.ts'
import { errors, ScimError } from '../../scim/error.ts'
import { compact, isObject, type Json, type JsonObject } from '../../scim/json.ts'
import { type Outcome, readJson, type ScimRequest } from '../../scim-api/http/request.ts'
import { handleResource } from '../../scim-api/http/resource-operations.ts'
import { findRoute, readAddress } from '../../scim-api/http/route.ts'
import { createProvider } from '../../scim-api/provider/provider.ts'
import { collectBrokenRules, evaluatedProfile } from '../analysis/evaluation/evaluated-profile.ts'
import { createMemoryStore } from './memory-store.ts'

export type Rejection = {
  readonly request: TargetRequest
  readonly error: ScimError
  readonly detail: string
  /** The rules of the profile that it violates; the first one rejects it. Empty if another error rejects it. */
  readonly rules: readonly BrokenRule[]
  readonly decisive?: string
}

type DryRunTarget = {
  readonly send: Target
  readonly takeRejections: () => readonly Rejection[]
}

const root = '/preflight/scim/v2'

/** A server of the profile in memory, with an empty directory. `at` is its time, in milliseconds since 1970. */
export function createDryRunTarget(profile: Profile, at: number): DryRunTarget {
  const { store, unchanging } = createMemoryStore(profile.schema.resourceTypes)
  // Hashing secrets takes long, and nothing reads the hashes.
  const evaluated = evaluatedProfile(profile, 'POST')
  const handle = createHandler(evaluated, store, at)
  let rejections: Rejection[] = []

  const rehearse = createHandler(evaluated, unchanging, at)

  const findDecisive = async (request: TargetRequest): Promise<string | undefined> => {
    const { body } = request
    if (request.method !== 'POST' || !isObject(body)) return undefined
    for (const { path, changed } of [
      ...changingEachValue(body, undefined),
      ...changingEachValue(body, '-'),
    ]) {
      if ('response' in (await rehearse({ ...request, body: changed }))) return path
    }
    return undefined
  }

  const findRules = async (request: TargetRequest): Promise<readonly BrokenRule[]> => {
    const broken = new Map<string, BrokenRule>()
    const rules = collectBrokenRules(evaluated.rules, broken, () => false)
    await createHandler(
      { ...evaluated, rules },
      unchanging,
      at,
    )(request).catch((error: unknown) => {
      // A value that a rule rejects may be meaningless to later steps.
      if (broken.size === 0) throw error
    })
    return [...broken.values()]
  }

  return {
    async send(request) {
      const outcome = await handle(request)
      if ('response' in outcome) return toResponse(profile, outcome.response.status, outcome.response.body)
      const { error } = outcome
      if (!(error instanceof ScimError)) throw error
      const rules = error.rule === undefined ? [] : await findRules(request)
      const isNamed = error.attribute !== undefined || rules.some(({ attributes }) => attributes)
      const decisive = isNamed ? undefined : await findDecisive(request)
      const { responses } = profile
      const body = responses.error(error, exchangeId, at)
      const detail = typeof body.detail === 'string' ? body.detail : error.detail
      rejections.push({ request, error, detail, rules, ...compact({ decisive }) })
      return toResponse(profile, responses.status(error), JSON.stringify(body))
    },
    takeRejections() {
      const taken = rejections
      rejections = []
      return taken
    },
  }
}

function* changingEachValue(
  object: JsonObject,
  substitute: string | undefined,
  above = '',
): Generator<{ readonly path: string; readonly changed: JsonObject }> {
  for (const [name, value] of Object.entries(object)) {
    if (above === '' && (name === 'schemas' || name === 'meta')) continue
    const path = `${above}${name}`
    const elements: readonly Json[] = Array.isArray(value) ? value : [value]
    for (const [at, element] of elements.entries()) {
      if (!isObject(element)) continue
      const below = `${path}${name.startsWith('urn:') ? ':' : '.'}`
      for (const { path: inner, changed } of changingEachValue(element, substitute, below)) {
        const next = Array.isArray(value) ? elements.with(at, changed) : changed
        yield { path: inner, changed: { ...object, [name]: next } }
      }
    }
    const { [name]: _, ...others } = object
    if (substitute === undefined) yield { path, changed: others }
    else if (typeof value === 'string') yield { path, changed: { ...object, [name]: substitute } }
  }
}

const exchangeId = 'preflight'

function createHandler(profile: Profile, store: ResourceStore, at: number) {
  const tenant = tenantOf(profile)
  const deps = {
    provider: createProvider({ store, orders: noOrders, cursorKey: () => cursorKey }),
    recordSeen: () => {},
    clock: () => at,
  }
  return async ({ method, path, body }: TargetRequest): Promise<Outcome> => {
    try {
      const address = readAddress(root + path)
      if (!address) throw errors.internal()
      const route = findRoute(method, address, profile)
      if (route.kind === 'unsupported') throw route.error
      if (route.kind !== 'collection' && route.kind !== 'resource') throw errors.internal()
      const request: ScimRequest = {
        received: { id: exchangeId, at, started: 0 },
        caller: { tenant },
        method,
        root,
        base: `https://scim.example${root}`,
        query: queryOf(path),
        body: () => readBody(body, profile),
        headers: {},
        signal: () => undefined,
      }
      return await handleResource(deps, request, route)
    } catch (error) {
      return { intent: { kind: 'malformed' }, error }
    }
  }
}

const tenantOf = (profile: Profile): Tenant => ({
  key: 1,
  id: exchangeId,
  profile,
  settings: { profile: profile.name, onDelete: 'retain', throttle: 'off', switches: profile.switches },
  declared: noDeclarations,
  clockOffset: 0,
  created: 0,
})

/** Entra sorts no list, and walks through none. */
const noOrders: KeptOrders = {
  keep: async () => ({ length: 0, first: new Float64Array() }),
  section: async () => undefined,
}
const cursorKey = randomBytes(32)

function queryOf(path: string): ReturnType<typeof parse> {
  const at = path.indexOf('?')
  return at < 0 ? {} : parse(path.slice(at + 1))
}

/** As over the wire: some texts are valid in a directory, but not in a body. */
function readBody(body: Json | undefined, { requests: { limits } }: Profile): Json | undefined {
  if (body === undefined) return undefined
  const bytes = Buffer.from(JSON.stringify(body))
  if (bytes.length > limits.bodyBytes) throw errors.payloadTooLarge(limits.bodyBytes)
  return readJson(bytes)
}

const toResponse = ({ responses }: Profile, status: number, text = ''): TargetResponse => ({
  kind: 'response',
  status,
  body: parseJsonOrUndefined(text),
  text,
  mediaType: responses.mediaTypes[0],
})
