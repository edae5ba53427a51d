import type { FieldSpec } from '../../components/field.tsx'

export const accessField: FieldSpec = {
  label: 'Access',
  kind: 'radio',
  options: { full: 'Read and write', read: 'Read-only' },
}

export const fullAccess = { access: 'full' }

/** Full access is normal, so it isn't shown. */
export const accessColumn = {
  name: 'Access',
  text: ({ access }: { readonly access: 'full' | 'read' }) => (access === 'read' ? 'read-only' : undefined),
}
