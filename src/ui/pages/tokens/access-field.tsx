import { RadioField } from '../../components/field.tsx'

const accesses = { full: 'Read and write', read: 'Read-only' } as const

export type Access = keyof typeof accesses

export const AccessField = ({
  value,
  onChange,
}: {
  readonly value: Access
  readonly onChange: (access: Access) => void
}) => <RadioField label="Access" value={value} options={accesses} onChange={onChange} />
