import type { FieldSpec } from '../../components/field.tsx'

export const accessField: FieldSpec = {
  label: 'Access',
  kind: 'radio',
  options: { full: 'Read and write', read: 'Read-only' },
}

export const fullAccess = { access: 'full' }

type Credential = {
  readonly access: 'full' | 'read'
  readonly created: string
  readonly lastUsed?: string | undefined
  readonly requests: number
}

/** Columns of credentials. Full access is normal, so it isn't shown. */
export const accessColumn = {
  name: 'Access',
  text: ({ access }: Pick<Credential, 'access'>) => (access === 'read' ? 'read-only' : undefined),
}

export const endingColumn = (name: string) =>
  ({
    name,
    kind: 'name',
    code: true,
    text: ({ ending }: { readonly ending: string }) => `…${ending}`,
  }) as const

export const requestsColumn = {
  name: 'Requests',
  kind: 'number',
  text: ({ requests }: Pick<Credential, 'requests'>) => requests,
  wide: true,
} as const

export const lastUsedColumn = {
  name: 'Last used',
  kind: 'time',
  absent: 'never',
  text: ({ lastUsed }: Pick<Credential, 'lastUsed'>) => lastUsed,
  wide: true,
} as const

export const createdColumn = {
  name: 'Created',
  kind: 'time',
  text: ({ created }: Pick<Credential, 'created'>) => created,
  wide: true,
} as const
