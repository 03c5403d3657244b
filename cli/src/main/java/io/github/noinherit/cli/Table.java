// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.cli;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * Rows told in two ways from one list of columns: as text fitted to a page, and as data for JSON.
 *
 * <p>As text, columns that are {@link Place#BESIDE} each other make the row, the last of them
 * broken into lines where the page is narrow; those {@link Place#BELOW} follow, one paragraph each,
 * where they have something to say, after their heading if they have one.
 *
 * @param <T> what a row is made from
 */
public record Table<T>(List<Column<T>> columns) {
  private static final String GAP = "  ";

  /** Where a column stands in the text. */
  public enum Place {
    /** In the row. */
    BESIDE,
    /** Under the row, if it is not empty. */
    BELOW
  }

  /**
   * One column.
   *
   * @param heading its name for people
   * @param key its name in JSON
   * @param place where it stands in the text
   * @param value its value: a string, a number, or a boolean, which people read as yes or no
   */
  public record Column<T>(String heading, String key, Place place, Function<T, Object> value) {
    private String text(T row) {
      return switch (value.apply(row)) {
        case Boolean yes -> yes ? "yes" : "no";
        case Object other -> other.toString();
      };
    }
  }

  /** A table of these columns. */
  public Table {
    columns = List.copyOf(columns);
  }

  /** The rows as data, by the columns' keys. */
  public List<Map<String, Object>> data(List<T> rows) {
    List<Map<String, Object>> data = new ArrayList<>();
    for (T row : rows) {
      Map<String, Object> object = new LinkedHashMap<>();
      columns.forEach(column -> object.put(column.key(), column.value().apply(row)));
      data.add(object);
    }
    return data;
  }

  /** The rows as lines of text, with a heading. */
  public List<String> text(List<T> rows, Page page) {
    List<Column<T>> beside = columns.stream().filter(c -> c.place() == Place.BESIDE).toList();
    List<Column<T>> below = columns.stream().filter(c -> c.place() == Place.BELOW).toList();
    List<Integer> widths = beside.stream().map(column -> width(column, rows)).toList();
    List<String> lines = new ArrayList<>();
    for (String line : row(beside.stream().map(Column::heading).toList(), widths, page)) {
      lines.add(page.bold(line));
    }
    for (T row : rows) {
      lines.addAll(row(beside.stream().map(column -> column.text(row)).toList(), widths, page));
      for (Column<T> column : below) {
        String text = column.text(row);
        if (!text.isEmpty()) {
          String margin = " ".repeat(widths.getFirst()) + GAP;
          String start = column.heading().isEmpty() ? "" : column.heading() + ": ";
          lines.addAll(page.wrap(margin + start, text));
        }
      }
    }
    return lines;
  }

  private static List<String> row(List<String> cells, List<Integer> widths, Page page) {
    StringBuilder start = new StringBuilder();
    for (int i = 0; i < cells.size() - 1; i++) {
      start.append(cells.get(i));
      start.append(" ".repeat(widths.get(i) - cells.get(i).length())).append(GAP);
    }
    return page.wrap(start.toString(), cells.getLast());
  }

  private static <T> int width(Column<T> column, List<T> rows) {
    return rows.stream()
        .mapToInt(row -> column.text(row).length())
        .reduce(column.heading().length(), Math::max);
  }
}
