import { useState } from 'preact/hooks'
import type { ExchangeDetail } from '../../../domain/contract/exchanges.ts'
import { ApiProblem, call } from '../../api.ts'
import { ActionButton } from '../../components/buttons.tsx'
import { ConfirmDialog } from '../../components/dialog.tsx'
import { announce } from '../../frame/notice.tsx'
import { navigate, pathTo } from '../../router.ts'
import { refusalLabel } from './refusal-labels.ts'

export function ReplayButton({ exchange }: { readonly exchange: ExchangeDetail }) {
  const [question, setQuestion] = useState<string>()
  const start = async () => {
    const label = refusalLabel(exchange)
    if (label !== undefined) {
      return setQuestion(
        `This request was rejected: ${label} To send it with full rights, replay it as console.`,
      )
    }
    try {
      await replay(exchange.id, 'caller')
    } catch (error) {
      if (!(error instanceof ApiProblem) || error.kind !== 'caller-not-valid') throw error
      setQuestion(error.message)
    }
  }
  return (
    <>
      <ActionButton onAction={start}>Replay request</ActionButton>
      {question !== undefined && (
        <ConfirmDialog
          title="Replay with the rights of the console?"
          label="Replay as console"
          onConfirm={() => replay(exchange.id, 'console').then(() => setQuestion(undefined))}
          onClose={() => setQuestion(undefined)}
        >
          {question}
        </ConfirmDialog>
      )}
    </>
  )
}

async function replay(id: string, as: 'caller' | 'console'): Promise<void> {
  const { exchange, status } = await call('POST /exchanges/:id/replay', { params: { id }, body: { as } })
  announce(`Request replayed; the response was ${status}. This page shows the new request.`)
  navigate(pathTo('exchange', { id: exchange }))
}
