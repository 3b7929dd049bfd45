import java.io.File;
import java.net.InetSocketAddress;
import java.util.Map;
import org.apache.iceberg.Files;
import org.apache.iceberg.io.FileIO;
import org.apache.iceberg.io.InputFile;
import org.apache.iceberg.io.OutputFile;
import org.apache.iceberg.io.PositionOutputStream;
import org.apache.iceberg.io.SeekableInputStream;
import org.apache.iceberg.jdbc.JdbcCatalog;
import org.apache.iceberg.rest.RESTCatalogAdapter;
import org.apache.iceberg.rest.RESTCatalogServlet;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.servlet.ServletHolder;
import org.eclipse.jetty.server.Server;

/** Serves an Iceberg SQL catalog over REST. Arguments: port (on loopback), SQLite file, warehouse URI (file:). */
public class CalveRestCatalog {
  public static void main(String[] arguments) throws Exception {
    JdbcCatalog catalog = new JdbcCatalog();
    catalog.initialize("rest", Map.of(
        "uri", "jdbc:sqlite:" + arguments[1],
        "warehouse", arguments[2],
        "io-impl", LocalFiles.class.getName(),
        "jdbc.schema-version", "V1",
        "clients", "1")); // one connection: SQLite takes one writer, a second would be told SQLITE_BUSY
    ServletContextHandler servlets = new ServletContextHandler();
    servlets.addServlet(new ServletHolder(new RESTCatalogServlet(new RESTCatalogAdapter(catalog))), "/*");
    Server server = new Server(new InetSocketAddress("127.0.0.1", Integer.parseInt(arguments[0])));
    server.setHandler(servlets);
    server.start();
    server.join();
  }

  /** Local files without Hadoop. A location stays the URI that it was given as, as on any real catalog. */
  public static class LocalFiles implements FileIO {
    private static File file(String location) {
      return new File(location.replaceFirst("^file:(//)?", ""));
    }

    @Override public InputFile newInputFile(String location) {
      InputFile file = Files.localInput(file(location));
      return new InputFile() {
        @Override public long getLength() { return file.getLength(); }
        @Override public SeekableInputStream newStream() { return file.newStream(); }
        @Override public String location() { return location; }
        @Override public boolean exists() { return file.exists(); }
      };
    }

    @Override public OutputFile newOutputFile(String location) {
      OutputFile file = Files.localOutput(file(location));
      return new OutputFile() {
        @Override public PositionOutputStream create() { return file.create(); }
        @Override public PositionOutputStream createOrOverwrite() { return file.createOrOverwrite(); }
        @Override public String location() { return location; }
        @Override public InputFile toInputFile() { return newInputFile(location); }
      };
    }

    @Override public void deleteFile(String location) {
      file(location).delete();
    }
  }
}
