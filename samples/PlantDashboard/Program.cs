using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using PlantDashboard;
using SkyTree.AspNetCore;
using SkyTree.Core.InProcess;

// A plant: machines that report over MQTT, a service that keeps what they said last and raises alarms, and a page that shows it live.
WebApplicationBuilder builder = WebApplication.CreateBuilder(args);
builder.AddSkyTree();
builder.Services.AddSingleton<Plant>();
builder.Services.AddHostedService<Supervisor>();
builder.Services.AddHostedService<SimulatedMachines>();

WebApplication app = builder.Build();
app.UseDefaultFiles();
app.UseStaticFiles();

// What machines have said last.
app.MapGet("/machines", (Plant plant) => plant.Machines);

// The same as it comes, for the page: a subscription of the broker as Server-Sent Events.
app.MapGet("/machines/live", (ISkyTreeClient broker, CancellationToken cancellationToken) => TypedResults.ServerSentEvents(LiveAsync(broker, cancellationToken)));

// A command to a machine: published by the application, received by whoever is the machine.
app.MapPost("/machines/{name}/speed", async (string name, int rpm, ISkyTreeClient broker) =>
{
    await broker.PublishAsync($"plant/{name}/speed/set", rpm.ToString(System.Globalization.CultureInfo.InvariantCulture));
    return TypedResults.Accepted((string?)null);
});

app.MapSkyTree();
app.Run();

static async IAsyncEnumerable<string> LiveAsync(ISkyTreeClient broker, [EnumeratorCancellation] CancellationToken cancellationToken)
{
    await foreach (ReceivedMessage message in broker.ReadAsync("plant/+/+", cancellationToken))
    {
        yield return JsonSerializer.Serialize(new { topic = message.Topic, value = Encoding.UTF8.GetString(message.Payload.Span) });
    }
}
