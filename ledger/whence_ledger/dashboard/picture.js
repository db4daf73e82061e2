// A chart. ECharts draws it once it is near the visible part of the page: a drawer has many that nobody scrolls to.
import { toRaw } from "vue";
import { convertDynamicProperties } from "../../static/utils/dynamic_properties.js";

const NEAR_PIXELS = 300;
let echarts = null;
const library = import("nicegui-echart").then(loaded => { echarts = loaded.echarts; });

export default {
  template: "<div></div>",
  props: { options: Object },
  emits: ["point"],
  mounted() {
    // Only a scrolling element itself can be observed with a margin.
    const near = { root: this.$el.closest(".drawer"), rootMargin: `${NEAR_PIXELS}px` };
    this.coming = new IntersectionObserver(all => all.some(one => one.isIntersecting) && this.draw(), near);
    this.coming.observe(this.$el);
  },
  beforeUnmount() {
    this.coming.disconnect();
    this.sized?.disconnect();
    this.chart?.dispose();
  },
  methods: {
    // Draw it now, if the library is there.
    draw() {
      if (!echarts) return void library.then(() => this.draw());
      if (this.chart || !this.$el.isConnected) return;
      this.coming.disconnect();
      // Vue would watch each number that ECharts reads.
      const options = toRaw(this.options);
      convertDynamicProperties(options, true);
      this.chart = echarts.init(this.$el, null, { renderer: "svg" });
      this.chart.on("click", ({ componentType, seriesName, name }) => {
        if (componentType === "series") this.$emit("point", { series: seriesName, name });
      });
      this.chart.setOption(options);
      // An observer reports the first size, too.
      let size = [this.$el.offsetWidth, this.$el.offsetHeight];
      this.sized = new ResizeObserver(() => {
        const now = [this.$el.offsetWidth, this.$el.offsetHeight];
        if (now.join() !== size.join()) this.chart.resize();
        size = now;
      });
      this.sized.observe(this.$el);
    },
  },
};
