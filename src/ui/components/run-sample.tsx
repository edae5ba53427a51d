import { call } from '../api.ts'
import { formatCount } from '../format.ts'
import { announce } from '../frame/notice.tsx'
import { ActionButton } from './buttons.tsx'

type Props = { readonly tenant: string; readonly tone?: 'plain' | 'primary' }

export const RunSample = ({ tenant, tone = 'primary' }: Props) => (
  <ActionButton
    tone={tone}
    onAction={async () => {
      const { requests, created } = await call('POST /tenants/:tenant/sample', { params: { tenant } })
      announce(`Springfield provisioned: ${formatCount(requests, 'request')}, ${created} created.`)
    }}
  >
    Run the Springfield sample
  </ActionButton>
)
