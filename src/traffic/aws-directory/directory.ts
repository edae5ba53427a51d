import type {
  AssignmentTarget,
  PermissionSet,
  PermissionSetContent,
} from '../../domain/ports/account-assignments.ts'
import type { ApplicationAssignment, AwsInstance } from '../../domain/tenants/imported.ts'
import { compact } from '../../scim/json.ts'
import type { SharedTexts } from '../../scim/text.ts'

/** Times are milliseconds since 1970. */
export type Audit = {
  readonly at: number
  readonly by?: string
  readonly updatedAt: number
  readonly updatedBy?: string
}

/** A million records name few authors. */
export const withSharedAuthors = ({ at, by, updatedAt, updatedBy }: Audit, shared: SharedTexts): Audit => ({
  ...{ at, updatedAt },
  ...compact({ by: by && shared(by), updatedBy: updatedBy && shared(updatedBy) }),
})

export type DirectoryRecord = {
  /** As at AWS, in any letter case. */
  readonly id: string
  /** The SCIM resource without `id` and `meta`, as JSON text: there are up to a million. */
  readonly document: string
  /** Absent if the export does not have these members. */
  readonly audit?: Audit
  readonly statusUnknown?: true
}

export type DirectoryMembership = {
  readonly id?: string
  readonly group: string
  readonly user: string
  readonly audit?: Audit
}

export type DirectoryPermissionSet = Pick<PermissionSet, 'id' | 'name'> &
  Partial<Pick<PermissionSet, 'created'>> &
  Pick<PermissionSetContent, 'description' | 'sessionDuration' | 'relayState'>

/** What an export, an archive, a live read or a tenant has, checked. */
export type AwsDirectory = {
  readonly instance: AwsInstance
  /** By ID, in the order of the export. */
  readonly users: ReadonlyMap<string, DirectoryRecord>
  readonly groups: ReadonlyMap<string, DirectoryRecord>
  readonly memberships: Iterable<DirectoryMembership> & { readonly length: number }
  readonly permissionSets: ReadonlyMap<string, DirectoryPermissionSet>
  readonly assignments: readonly AssignmentTarget[]
  /** Names by account. */
  readonly accounts: ReadonlyMap<string, string>
  readonly applications: readonly ApplicationAssignment[]
  /** Groups whose members were not exported. */
  readonly membersUnknown: ReadonlySet<string>
  readonly read: {
    readonly source: 'files' | 'archive' | 'live' | 'tenant'
    readonly name: string
    readonly started?: number
    readonly finished?: number
    /** Absent without a manifest. */
    readonly complete?: true
    readonly skipped: readonly string[]
    readonly orphansKnown: boolean
  }
  /** Sentences about what was left out or looked up again. */
  readonly notes: readonly string[]
  /** External IDs by issuer. */
  readonly issuers: ReadonlyMap<string, number>
}

export type ImportMistake = { readonly file: string; readonly message: string; readonly line?: number }

/** All mistakes are counted; at most 20 are listed. */
export class ImportError extends Error {
  readonly mistakes: readonly ImportMistake[]
  readonly count: number
  constructor(mistakes: readonly ImportMistake[], count = mistakes.length) {
    super(mistakes.map(lineOf).join('\n'))
    this.name = 'ImportError'
    this.mistakes = mistakes
    this.count = count
  }

  get lines(): readonly string[] {
    const { mistakes, count } = this
    const omitted = count - mistakes.length
    return [...mistakes.map(lineOf), ...(omitted > 0 ? [`And ${omitted} more errors.`] : [])]
  }
}

const lineOf = ({ file, message }: ImportMistake) => (file === '' ? message : `${file}: ${message}`)
