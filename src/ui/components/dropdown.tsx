import type { ComponentChildren } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { ActionButton } from './buttons.tsx'

export function Dropdown({
  label,
  children,
}: {
  readonly label: ComponentChildren
  readonly children: ComponentChildren
}) {
  const element = useRef<HTMLDetailsElement>(null)
  useEffect(() => {
    const close = () => {
      if (element.current) element.current.open = false
    }
    const onClick = ({ target }: MouseEvent) => {
      if (target instanceof Node && !element.current?.contains(target)) close()
    }
    const onKey = ({ key }: KeyboardEvent) => {
      if (key !== 'Escape' || !element.current?.open) return
      close()
      element.current.querySelector('summary')?.focus()
    }
    document.addEventListener('click', onClick)
    document.addEventListener('keydown', onKey)
    return () => {
      document.removeEventListener('click', onClick)
      document.removeEventListener('keydown', onKey)
    }
  }, [])
  return (
    <details ref={element} class="dropdown">
      <summary>{label}</summary>
      <div class="dropdown-content">{children}</div>
    </details>
  )
}

export async function saveFile(response: Response, name: string): Promise<void> {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(await response.blob())
  link.download = name
  link.click()
  URL.revokeObjectURL(link.href)
}

export const ExportMenu = <Format extends string>({
  labels,
  fileNames,
  fetchFile,
}: {
  readonly labels: Readonly<Record<Format, string>>
  readonly fileNames: Readonly<Record<Format, string>>
  readonly fetchFile: (format: Format) => Promise<Response>
}) => {
  const download = async (format: Format) => saveFile(await fetchFile(format), fileNames[format])
  return (
    <Dropdown label="Export">
      <div class="stack">
        {(Object.entries(labels) as [Format, string][]).map(([format, label]) => (
          <ActionButton key={format} onAction={() => download(format)}>
            {label}
          </ActionButton>
        ))}
      </div>
    </Dropdown>
  )
}
