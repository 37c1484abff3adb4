package io.millrace.app.demo;

import io.millrace.app.fleet.RevisionReturns.RevisionReturn;
import java.awt.Color;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.knowm.xchart.VectorGraphicsEncoder;
import org.knowm.xchart.VectorGraphicsEncoder.VectorGraphicsFormat;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.Styler;

/** The fleet's mean return by policy revision, as a picture. */
final class ReturnsPlot {
  private static final int WIDTH_PIXELS = 800;
  private static final int HEIGHT_PIXELS = 450;

  private ReturnsPlot() {}

  /**
   * Writes an SVG file.
   *
   * @param returns at least one
   * @throws IOException if the file cannot be written, or this Java cannot draw text (a headless
   *     one without fontconfig)
   */
  static void write(Path file, List<RevisionReturn> returns) throws IOException {
    try {
      VectorGraphicsEncoder.saveVectorGraphic(
          chart(returns), file.toString(), VectorGraphicsFormat.SVG);
    } catch (LinkageError | InternalError | NullPointerException e) {
      // What the AWT throws where there is no fontconfig depends on the vendor of the Java.
      throw new IOException("this Java cannot draw text; is fontconfig installed?", e);
    }
  }

  private static XYChart chart(List<RevisionReturn> returns) {
    var chart =
        new XYChartBuilder()
            .width(WIDTH_PIXELS)
            .height(HEIGHT_PIXELS)
            .title("Return of the fleet by policy revision")
            .xAxisTitle("policy revision")
            .yAxisTitle("mean return of an episode")
            .build();
    chart.getStyler().setDefaultSeriesRenderStyle(XYSeries.XYSeriesRenderStyle.Line);
    chart.getStyler().setLegendPosition(Styler.LegendPosition.InsideSE);
    chart.getStyler().setChartBackgroundColor(Color.WHITE);
    chart.getStyler().setPlotBorderVisible(false);
    chart.getStyler().setXAxisDecimalPattern("0");
    chart.getStyler().setYAxisDecimalPattern("0");
    chart.addSeries(
        "mean ± standard deviation over episodes",
        returns.stream().mapToDouble(RevisionReturn::revision).toArray(),
        returns.stream().mapToDouble(RevisionReturn::mean).toArray(),
        returns.stream().mapToDouble(RevisionReturn::standardDeviation).toArray());
    return chart;
  }
}
