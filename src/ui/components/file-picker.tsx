import type { ComponentChildren } from 'preact'
import { useId, useState } from 'preact/hooks'

export function FilePicker({
  label,
  multiple = false,
  onFiles,
  children,
}: {
  readonly label: string
  readonly multiple?: boolean
  readonly onFiles: (files: readonly File[]) => void
  readonly children: ComponentChildren
}) {
  const id = useId()
  const [isDragging, setDragging] = useState(false)
  const take = (files: FileList | null | undefined) => {
    const taken = [...(files ?? [])].slice(0, multiple ? undefined : 1)
    if (taken.length > 0) onFiles(taken)
  }
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the file input in it does the same by keyboard
    <div
      class={`drop-zone ${isDragging ? 'dragging' : ''}`}
      onDragOver={event => {
        event.preventDefault()
        setDragging(true)
      }}
      onDragLeave={() => setDragging(false)}
      onDrop={event => {
        event.preventDefault()
        setDragging(false)
        take(event.dataTransfer?.files)
      }}
    >
      <p>
        <label for={id}>{label}</label>
      </p>
      <p>
        <input
          id={id}
          type="file"
          accept=".json,.csv,application/json,text/csv"
          multiple={multiple}
          onChange={event => {
            take(event.currentTarget.files)
            event.currentTarget.value = ''
          }}
        />
      </p>
      <p class="muted">{children}</p>
    </div>
  )
}
