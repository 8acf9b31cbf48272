using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using SkyTree.Core.Admin.Publishing;
using SkyTree.Core.InProcess;

namespace Plant.Controllers;

[ApiController]
[Route("readings")]
public sealed class ReadingsController(ISkyTreeClient broker, IServiceProvider services) : ControllerBase
{
    [HttpGet]
    public IReadOnlyDictionary<string, string> Latest() => services.GetRequiredService<Readings>().Latest;

    [HttpPost("{device}")]
    public async Task<PublishResult> PublishAsync(string device, [FromBody] string text) => await broker.PublishAsync($"plant/{device}", text);

    [Authorize(Roles = "chief")]
    [HttpDelete]
    public NoContentResult Forget()
    {
        services.GetRequiredService<Readings>().Latest.Clear();
        return NoContent();
    }
}
