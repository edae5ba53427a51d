import type { ResourceType } from '../scim/resource-types.ts'
import type { Refusal } from '../tenants/tenant.ts'
import { describeList } from './describe-list.ts'
import { describePatch } from './describe-patch.ts'
import type { Intent } from './intent.ts'

/** What an exchange was about, in plain words: "disable user", "add 3 members". */
export function describe(intent: Intent): string {
  switch (intent.kind) {
    case 'create':
    case 'read':
    case 'delete':
      return `${intent.kind} ${nameOf(intent.type)}`
    case 'replace':
      return `replace ${nameOf(intent.type)}${stateWords(intent.enabled)}`
    case 'patch':
      return describePatch(intent.type, intent.operations)
    case 'list':
      return describeList(intent.type, intent.filter, intent.found)
    case 'search':
      return 'search everything'
    case 'bulk':
      return intent.operations === 1 ? 'bulk of 1 operation' : `bulk of ${intent.operations} operations`
    case 'discovery':
      return `read ${intent.document}`
    case 'refused':
      return `refused: ${refusalWords[intent.refusal]}`
    case 'unknown-address':
      return 'unknown address'
    case 'unsupported':
      return `unsupported: ${intent.what}`
    case 'broken-request':
      return 'broken request'
  }
}

const refusalWords: Readonly<Record<Refusal, string>> = {
  missing: 'no token',
  unknown: 'unknown token',
  expired: 'token expired',
  deleted: 'token deleted',
  'other-tenant': 'token of another tenant',
  'read-only': 'token may only read',
}

const stateWords = (enabled: boolean | undefined) => {
  if (enabled === undefined) return ''
  return enabled ? ' (enabled)' : ' (disabled)'
}

const nameOf = (type: ResourceType) => type.name.toLowerCase()
