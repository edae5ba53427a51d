import type { Status } from '../../answers.ts'
import { Badge, type Tone } from '../../components/basics.tsx'

const states: Readonly<Record<Status, readonly [tone: Tone, title: string]>> = {
  active: ['good', 'In use'],
  disabled: ['warn', 'Its client has disabled it'],
  retained: ['bad', 'Its client has deleted it; a disabled record is kept until it is purged'],
  removed: ['plain', 'Gone; only its history is left'],
}

export const StateBadge = ({ status }: { readonly status: Status }) => {
  const [tone, title] = states[status]
  return (
    <Badge tone={tone} title={title}>
      {status}
    </Badge>
  )
}
