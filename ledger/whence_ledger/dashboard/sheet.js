// A table with clickable rows. NiceGUI recompiles a slot's template whenever the server updates anything on the page, and
// Vue then replaces every row, which loses the focus, a selection or a half-finished click. A component's own template is
// compiled once, and its rows are updated in place.
export default {
  template: `
    <q-table @update:pagination="() => {}">
      <template #header-cell="props">
        <!-- The button sorts with the keyboard; the mouse may click anywhere in the header cell. -->
        <q-th :props="props" :aria-sort="props.col.sorted">
          <button v-if="props.col.sortable" class="sort">{{ props.col.label }}</button>
          <span v-else>{{ props.col.label }}</span>
        </q-th>
      </template>
      <template #body="props">
        <!-- The row handles clicks and keys; its name looks like a link and is a button for screen readers. -->
        <q-tr :props="props" :class="{ opens: props.row.opens, marked: props.row.marked }" :tabindex="props.row.opens ? 0 : undefined"
              :aria-current="props.row.marked ? 'true' : undefined"
              @click="open(props.row, true)"
              @keydown.enter.self="open(props.row)"
              @keydown.space.self.prevent="open(props.row)">
          <q-td v-for="(column, place) in props.cols" :key="column.name" :props="{ ...props, col: column }"
                :title="props.row.exact[column.name]">
            <span v-if="props.row.marks[column.name]" class="dot" :style="{ background: props.row.marks[column.name] }"></span>
            <button v-if="props.row.opens && place === 0" class="name" tabindex="-1" :title="props.row.exact[column.name] + ' · click for details'">{{ props.row.shown[column.name] }}</button>
            <ul v-else-if="props.row.links[column.name]?.shown.length" class="cell-links">
              <li v-for="(link, number) in props.row.links[column.name].shown" :key="number">
                <button class="name" :title="link.title || link.name" :aria-label="link.title || undefined" @click.stop="$emit('follow', { row: props.row.key, column: column.name, place: number })">{{ link.name }}</button>
                <span v-if="link.amount" class="number" :title="link.exact">{{ link.amount }}</span>
                <span v-if="link.note" class="evidence">{{ link.note }}</span>
              </li>
              <li v-if="props.row.links[column.name].more" class="evidence">and {{ props.row.links[column.name].more }} more</li>
            </ul>
            <button v-else-if="column.filters && props.row.filters[column.name]" class="name" :title="'Show only ' + props.row.exact[column.name]"
                    @click.stop="$emit('choose', { row: props.row.key, column: column.name })">{{ props.row.shown[column.name] }}</button>
            <span v-else :class="column.classes">{{ props.row.shown[column.name] }}</span>
          </q-td>
        </q-tr>
      </template>
    </q-table>
  `,
  // A new Quasar table reports the page that it was given. NiceGUI's table would send itself back, and the browser draw all
  // of the page again. The server turns pages on "request".
  emits: ["open", "follow", "choose", "update:pagination"],
  methods: {
    open(row, clicked) {
      // A click that ends a text selection opens nothing, so that text can be copied.
      if (row.opens && !(clicked && !getSelection().isCollapsed)) this.$emit("open", row.key);
    },
  },
};
