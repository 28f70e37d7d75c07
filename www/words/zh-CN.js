// 简体中文，用平实的短句，称读者为“您”。按页面上的顺序；{0}、{1} 代表会变化的内容，<0>…</0> 代表突出显示的部分。

export default {
  // 页首
  'QueryPose – people and their poses, found in your browser': 'QueryPose – 在浏览器中找出人和姿态',
  'finds people and how they stand': '找出人，以及他们的姿态',
  Views: '视图',
  Look: '查看',
  Inside: '内部',
  Check: '检验',
  Dark: '深色',
  Light: '浅色',
  Language: '语言',
  '{0} could not be fetched. Check the connection and reload the page.':
    '无法获取“{0}”。请检查网络连接并重新加载本页。',

  // 数字和单位
  '{0} %': '{0}%',
  '{0} ms': '{0} 毫秒',
  '{0} s': '{0} 秒',
  '{0} min': '{0} 分钟',
  '{0} h {1} min': '{0} 小时 {1} 分钟',
  '{0} px': '{0} 像素',
  '{0} MB': '{0} MB',
  '{0} GB': '{0} GB',
  '{0} GMAC': '{0} GMAC',
  '{0} million': '{0} 百万',
  '{0} billion': '{0} 十亿',
  '{0} × {1} px': '{0} × {1} 像素',
  '{0} of {1}': '{0} / {1}',
  '{0}, {1}': '{0}，{1}',
  '{0}; {1}': '{0}；{1}',
  '{0} · {1}': '{0} · {1}',
  '{0}: {1}': '{0}：{1}',
  '{0} people': '{0} 人',
  '{0} pictures': '{0} 张图片',
  people: '人',
  'the processor': '处理器',

  // 图片
  Picture: '图片',
  'The picture': '图片',
  'Arrow keys go from joint to joint and from person to person.': '方向键可在关节之间、人与人之间移动。',
  'Drop a picture, a video or a model here': '把图片、视频或模型拖到这里',
  'Drop pictures and their annotations here': '把图片和它们的标注拖到这里',
  'Point at a joint to see its name and score.': '指向一个关节，可看到它的名称和分数。',
  'Nobody found. Move the slider to the left to see people the network is less sure of.':
    '没有找到人。把滑块向左移，可看到网络不太确定的人。',

  // 视频：播放和录制
  Pause: '暂停',
  Play: '播放',
  Record: '录制',
  'Stop recording': '停止录制',
  'Measure this video': '测量这个视频',
  'Position in the video': '视频中的位置',
  'Recording. It is saved on this device when you stop.': '正在录制。停止后会保存在本设备上。',
  'The recording was saved.': '录像已保存。',
  'Nothing was recorded.': '没有录到内容。',
  'Recording could not be fetched. Check the connection, then try again.': '无法获取录制功能。请检查网络连接后再试。',
  'Measuring could not be fetched. Check the connection, then try again.': '无法获取测量功能。请检查网络连接后再试。',
  'The network is not there yet. Wait a moment, then measure.': '网络还没有准备好。请稍等，再测量。',

  // 加载网络
  'Loading the network': '正在加载网络',
  Cancel: '取消',
  'Opening the network from your last visit.': '正在打开上次访问时的网络。',
  'Fetching the network: {0} of {1} MB.': '正在获取网络：{0} / {1} MB。',
  'Fetching the network: {0} MB.': '正在获取网络：{0} MB。',
  'Reading the network: {0} of {1} MB.': '正在读取网络：{0} / {1} MB。',
  'Starting the network.': '正在启动网络。',
  'Checking the network against known answers.': '正在用已知答案检查网络。',
  'Cancelled. {0} goes on.': '已取消。继续使用 {0}。',
  '{0} {1} goes on working.': '{0}继续使用 {1}。',
  'This could not be opened ({0}). Try it again.': '无法打开（{0}）。请再试一次。',
  'not running': '没有运行',

  // 来源
  Controls: '控制',
  Source: '来源',
  'Sample pictures': '示例图片',
  'Three people side by side': '并排的三个人',
  'Cyclists and those who greet them': '骑行者和迎接他们的人',
  'Person {0}: {1}, {2}': '第 {0} 人：{1}，{2}',
  'Another tab has this page open. Close it, then press again.': '另一个标签页还开着此页面。请关闭它，然后再按一次。',
  'A street in India': '印度的一条街道',
  'Eileen Collins, astronaut': '艾琳·柯林斯，宇航员',
  'Grace Hopper, computer scientist': '格蕾丝·霍珀，计算机科学家',
  'A photographer at work': '工作中的摄影师',
  'The crew of Apollo 11': '阿波罗 11 号的乘员',
  'Two women with telephones': '两位拿着电话的女子',
  Camera: '摄像头',
  Video: '视频',
  Stop: '停止',
  'Use the camera': '使用摄像头',
  'Stop the camera': '关闭摄像头',
  'Choose a picture file': '选择图片文件',
  'Choose a video file': '选择视频文件',
  'Like a mirror (files are not)': '像镜子一样（文件不镜像）',
  'Or drop a file here, or paste one. Your pictures stay on this device.':
    '也可以把文件拖到这里，或粘贴。您的图片只留在本设备上。',
  'The clipboard holds no picture. Copy one, then paste it here.': '剪贴板里没有图片。请先复制一张，再粘贴到这里。',

  // 人
  People: '人',
  'Show from <0/> sure': '显示把握在 <0/> 以上的人',
  Steady: '平稳',
  Quick: '灵敏',
  steady: '平稳',
  quick: '灵敏',
  'in between': '居中',
  'How joints follow, from steady to quick': '关节跟随的方式，从平稳到灵敏',
  'What is drawn': '画出什么',
  Skeletons: '骨架',
  Joints: '关节',
  Boxes: '方框',
  joints: '关节',
  close: '收起',
  'Person {0}': '第 {0} 人',
  'Save PNG': '保存 PNG',
  'Save COCO JSON': '保存 COCO JSON',
  'The picture with its people, never mirrored': '图片和其中的人，从不镜像',
  'The people as a COCO results list, in pixels of the picture, never mirrored':
    '以 COCO 结果列表保存的人，单位是图片像素，从不镜像',
  // 供读屏软件使用
  'No people found.': '没有找到人。',
  '{0} in view.': '画面中有 {0}。',
  '{0} people found.': '找到 {0} 人。',
  '{0} {1}.': '{0}{1}。',
  'on the left': '在左边',
  'on the right': '在右边',
  'in the middle': '在中间',
  '{0}, {1}, {2} sure, {3} of {4} joints clear': '{0}，{1}，把握 {2}，{4} 个关节中 {3} 个清楚',
  'and {0} more': '还有 {0} 个',

  // 引擎
  Engine: '引擎',
  Model: '模型',
  'Size of the picture it looks at': '它所看图片的大小',
  'its own': '模型自己的',
  'what keeps up': '跟得上的大小',
  'what keeps up · now {0} px': '跟得上的大小 · 现在 {0} 像素',
  'what suits people': '适合人的大小',
  'suits people · now {0} px': '适合人 · 现在 {0} 像素',
  'Runs on': '运行在',
  Before: '之前',
  Network: '网络',
  After: '之后',
  'Shown after': '显示延迟',
  'From the moment a frame was taken, or due, until it is drawn with its people':
    '从一帧被拍下（或到时间）起，到它连同人一起画出为止',
  'Looks at': '所看大小',
  'Pictures a second': '每秒图片数',
  '{0} px, for people so near': '{0} 像素，因为人离得近',
  '{0} px, to keep up': '{0} 像素，以便跟上',
  '{0} px, after a glance at {1} px': '{0} 像素，先以 {1} 像素看一眼',
  'Run it on': '用什么运行',
  'what is faster': '更快的那个',
  'About this model': '关于这个模型',
  '1 GMAC is a billion multiplications. AP says how right a network is, from 0 to 100.':
    '1 GMAC 是十亿次乘法。AP 表示网络有多准，从 0 到 100。',
  'Forget its file': '删除它的文件',
  'Your own model': '您自己的模型',
  'A QueryPose you trained or downloaded: a .safetensors or .pth file, or a folder with its config.json. Drop it on the page, or choose it. It stays on this device.':
    '您训练或下载的 QueryPose：一个 .safetensors 或 .pth 文件，或带 config.json 的文件夹。把它拖到本页，或选择它。它只留在本设备上。',
  File: '文件',
  Folder: '文件夹',
  "Choose a model's file": '选择模型文件',
  "Choose a model's folder": '选择模型文件夹',
  'Use the new version of this page': '使用本页的新版本',
  'This page is kept on this device and works without a network.': '本页已保存在本设备上，没有网络也能用。',
  'This page could not be kept on this device: it works only with a network.':
    '本页无法保存在本设备上：只有联网才能用。',
  // 关于模型
  'Learned numbers': '学到的数字',
  '{0}, kept on this device': '{0}，保存在本设备上',
  '{0}, until you close the page': '{0}，关闭本页后消失',
  Sees: '看到',
  Work: '工作量',
  Memory: '内存',
  '{0} in the page': '页面中 {0}',
  '{0} in the page, {1} in the graphics device': '页面中 {0}，图形设备中 {1}',
  Accuracy: '准确度',
  '{0} AP on {1}, {2}': '{0} AP，{1}，{2}',
  '{0} AP on {1}, published for the official weights, {2}': '{0} AP，{1}，官方权重公布的数值，{2}',
  Settings: '设置',
  'read off the file; 8 heads and pictures of {0} px are assumed': '从文件中读出；假定 8 个头和 {0} px 的图片',
  Unused: '未使用',
  'Tensors of the file that are not part of the network: {0}': '文件中不属于网络的张量：{0}',

  // 错误只有英文句子时，说明它与什么有关
  'About the picture': '关于图片',
  'About the video': '关于视频',
  'About the camera': '关于摄像头',
  'About the model': '关于模型',
  'About the graphics device': '关于图形设备',
  'About the engine': '关于引擎',
  'About what was asked for': '关于所提的要求',

  // 测量视频
  Measuring: '测量',
  'Measuring the video': '正在测量视频',
  'Measuring, frame by frame. Everything stays on this device.': '正在逐帧测量。所有内容只留在本设备上。',
  'Opening the video.': '正在打开视频。',
  'Frame {0}': '第 {0} 帧',
  'Frame {0}, {1} a second, {2} left': '第 {0} 帧，每秒 {1} 帧，还需 {2}',
  '{0} people followed': '跟踪了 {0} 人',
  'Measured {0} frames, {1}. The end is missing: the file says {2} s, its last frame is at {3} s.':
    '已测量 {0} 帧，{1}。结尾缺失：文件标明 {2} 秒，最后一帧在 {3} 秒。',
  'Measured {0} frames, {1}.': '测量了 {0} 帧，{1}。',
  'Stopped after {0} frames, {1}.': '在 {0} 帧后停止，{1}。',
  'Nothing was measured.': '没有测量到内容。',
  '{0} What was measured until then, {1} frames, is below.': '{0}此前测量的 {1} 帧在下面。',
  Person: '人',
  Show: '显示',
  Joint: '关节',
  'angle at a joint': '关节处的角度',
  'speed of a joint': '关节的速度',
  'path of a joint': '关节的路径',
  angle: '角度',
  speed: '速度',
  path: '路径',
  px: '像素',
  'px per second': '像素每秒',
  '{0}, in {1} frames': '{0}，出现在 {1} 帧中',
  'Person {0} {1} {2}': '第 {0} 人 {1} {2}',
  '{0}, in sight in {1} of {2} frames': '{0}，{2} 帧中有 {1} 帧可见',
  '{0}, from {1} to {2} {3}': '{0}，从 {1} 到 {2} {3}',
  '{0}°': '{0}°',
  '{0} px per second': '{0} 像素每秒',
  'not in sight': '不可见',
  'Choose a place to see its frame as it was measured.': '选一处，即可看到测量时的那一帧。',
  'Frame {0}, as it was measured.': '第 {0} 帧，测量时的样子。',
  Plot: '曲线图',
  Close: '关闭',
  'Plot as PNG': '曲线图存为 PNG',
  'Plot as CSV': '曲线图存为 CSV',
  'Everything as CSV': '全部存为 CSV',
  'Everything as COCO JSON': '全部存为 COCO JSON',

  // 内部：工具栏和导览
  'Your picture': '您的图片',
  Stage: '阶段',
  stage: '阶段',
  'Stage {0}': '阶段 {0}',
  'Picture, person and stage': '图片、人和阶段',
  Tour: '导览',
  'A walk through the figures (T; N and P step)': '逐个浏览各图（T；N 和 P 前进后退）',
  Classroom: '课堂',
  'Full screen and large type (C)': '全屏和大字（C）',
  'Classroom view': '课堂视图',
  Leave: '退出',
  'Leave the classroom view': '退出课堂视图',
  Back: '上一步',
  'Step back': '退一步',
  'Pause or go on': '暂停或继续',
  Next: '下一步',
  'Next step': '进一步',
  End: '结束',
  'End the tour': '结束导览',
  '{0} of {1}: {2}': '{0} / {1}：{2}',
  'In words': '文字说明',
  'The figures are drawn as soon as the network is here.': '网络一到，就会画出各图。',
  'Live from {0}, {1}.': '{0}实时计算，{1}。',
  'Live from {0}, {1}: a glance at {2} px, then this look at {3} px.':
    '{0}实时计算，{1}：先以 {2} 像素看一眼，再以 {3} 像素看。',
  'A stored run of this picture, of its surest people; the live one follows.':
    '这是此图片预存的一次计算，只含最确定的人；实时计算随后就到。',
  '{0} Nobody passes the threshold here; shown is the query that comes nearest.':
    '{0}这里没有人达到阈值；显示的是最接近的查询。',

  // 内部：引言
  'Inside: how the network finds people': '内部：网络怎样找到人',
  'Most pose networks paint heat maps and search them for peaks. QueryPose asks questions instead: a handful of <0>queries</0>, each with a box, walk over the picture and become people. Every number below comes out of one run of the network on this very picture. Touch everything.':
    '多数姿态网络会画出热力图，再从中寻找峰值。QueryPose 则是提问：一小批<0>查询</0>（query），每个带着一个方框，在图片上移动，最后变成人。下面的每个数字都来自网络对这张图片的同一次计算。什么都可以动手试试。',

  // 图 1
  'Before anything is seen': '什么都还没看到时',
  'The network starts with a fixed set of boxes, the <0>proposals</0>, and one list of numbers for each, its <1>query</1>. Both were learned in training. They do not depend on the picture: here is where people tend to be in photos.':
    '网络从一组固定的方框开始，即<0>候选框</0>（proposals），每个框配有一串数字，即它的<1>查询</1>。两者都是训练时学到的，与图片无关：照片里的人往往就在这些地方。',
  'Centre, width and height are shares of the picture, so the same boxes fit every photo.':
    '中心、宽和高都是占图片的比例，所以同样的方框适合任何照片。',
  'Why are there many large boxes, and few in the corners?': '为什么大方框很多，而角落里很少？',
  'An empty frame': '空白画面',
  'On this picture': '在这张图片上',
  'The boxes the network starts from': '网络最初的方框',
  'Behind the boxes': '方框后面的背景',
  '{0} boxes, learned once, the same for every picture. Point at one.':
    '{0} 个方框，一次学成，对每张图片都一样。指向其中一个看看。',
  '{0} boxes. Half of them cover less than {1} of the picture; the smallest {2}, the largest {3}.':
    '{0} 个方框。一半覆盖不到图片的 {1}；最小的 {2}，最大的 {3}。',
  'query {0}': '查询 {0}',
  'Query {0} starts around {1} from the left, {2} from the top, {3} wide and {4} high. On this picture it ends with the score {5}.':
    '查询 {0} 起初在距左 {1}、距上 {2} 处，宽 {3}，高 {4}。在这张图片上，它最后的分数是 {5}。',

  // 图 2
  'Boxes walk to people': '方框走向人',
  'In each stage the queries talk to one another; then each looks at what its box shows, and moves the box a little. It also says how good it takes its answer to be: the <0>score</0>. Boxes on nothing fade; boxes on people grow surer.':
    '在每个阶段，查询先彼此交流，然后各自看自己方框里的内容，再把方框移动一点。它还说出自己的答案估计有多好：<0>分数</0>。没有人的方框变淡；有人的方框越来越有把握。',
  'Click a person to see the path of its box (dashed) and its <0>rivals</0>, the queries that ended on the same person. One wins because training, in the end, rewards one query a person. Other detectors must delete doubles afterwards; this one need not, though now and then a double gets through.':
    '点击一个人，可看到方框走过的路（虚线）和它的<0>对手</0>，即最后落在同一个人身上的查询。只有一个胜出，因为训练最终对每个人只奖励一个查询。其他检测器事后必须删除重复，这个不用，尽管偶尔也会漏过一个。',
  'At which stage can you tell who will win?': '到哪个阶段就能看出谁会胜出？',
  'Boxes and poses, stage by stage': '各阶段的方框和姿态',
  'before the first stage': '第一阶段之前',
  'after stage {0} of {1}': '阶段 {0} / {1} 之后',
  'Score after each stage of the queries that end on this person': '最后落在此人身上的查询，各阶段后的分数',
  Query: '查询',
  Overlap: '重叠',
  'What became of it': '结果如何',
  'won: person {0}': '胜出：第 {0} 人',
  'comes nearest: its score is below {0}': '最接近：分数低于 {0}',
  'kept too: the network sees another person, or a double': '也保留：网络看到另一个人，或是重复',
  'lost: its score is below {0}': '落败：分数低于 {0}',
  'lost: with its unsure joints it stays below {0}': '落败：关节不确定，分数仍低于 {0}',
  'No other query ends on this person.': '没有别的查询落在此人身上。',
  'Query {0}: {1}.': '查询 {0}：{1}。',
  'at the start the box spans {0} px, overlapping its last box by {1}': '开始时方框位于 {0} 像素，与最后的方框重叠 {1}',
  'after stage {0} the box spans {1} px with score {2}, overlapping its last box by {3}':
    '阶段 {0} 之后方框位于 {1} 像素，分数 {2}，与最后的方框重叠 {3}',

  // 图 3
  'Where each part looks': '每个部位看哪里',
  'A person is read as seven <0>parts</0>: face, shoulders, arms, hips, legs. In each stage the network cuts the person’s box out of its features, and each part lays its own map of weights over the box. Bright cells count, dark cells do not. The paper calls this SPEGM.':
    '一个人被读作七个<0>部位</0>：脸、双肩、左右臂、双髋、左右腿。在每个阶段，网络从特征中裁出此人的方框，每个部位在上面铺一张自己的权重图。亮格算数，暗格不算。论文称之为 SPEGM。',
  'All weights of a map sum to one. The curve tells how widely each part looks: <0>entropy</0> in bits. Low means that it knows where to look.':
    '一张图的权重之和为一。曲线说明每个部位看得多宽：以比特计的<0>熵</0>。低，表示它知道该看哪里。',
  'Do the arms of a person with crossed arms look at one place or two?': '双臂交叉的人，两臂看的是一处还是两处？',
  Part: '部位',
  Parts: '部位',
  face: '脸',
  'left arm': '左臂',
  'right arm': '右臂',
  'left leg': '左腿',
  'right leg': '右腿',
  'Where the chosen part looks': '所选部位看哪里',
  'Stage {0}, {1} ({2}). Point at a joint to choose its part, at a cell to read its weight.':
    '阶段 {0}，{1}（{2}）。指向关节可选择部位，指向格子可读出权重。',
  'Stage {0}, {1}: the weight here is {2}, {3} times the even share.':
    '阶段 {0}，{1}：这里的权重是 {2}，为平均份额的 {3} 倍。',
  'Entropy of each part’s map over the stages': '各部位权重图的熵随阶段的变化',
  'Entropy of each part’s map, bits': '各部位权重图的熵，比特',
  'everywhere alike': '处处一样',
  '{0}: most at row {1}, column {2} of {3} (entropy {4} bits)':
    '{0}：最多看第 {1} 行、第 {2} 列（共 {3}，熵 {4} 比特）',
  'Person {0}, stage {1}, where each part looks: {2}. Looking everywhere alike would be {3} bits.':
    '第 {0} 人，阶段 {1}，各部位看向哪里：{2}。处处一样看则为 {3} 比特。',

  // 图 4
  'How much is new, how much is remembered': '多少是新的，多少是记得的',
  'Each part now has two things: what it saw just now, E, and what it knew from the stage before, Q. SIM mixes them number by number with two <0>gates</0> between 0 (shut) and 1 (open). A cell of a strip is one gate; the darker or stronger its colour, the more open it is.':
    '每个部位现在有两样东西：刚看到的 E，和上一阶段就知道的 Q。SIM 用两个<0>门</0>（gate）逐个数字混合它们，门值从 0（关）到 1（开）。条带的一格是一个门；颜色越深，开得越大。',
  'Force the gates: with only the memory, the network never looks into the box and guesses the same body for everybody.':
    '可以强行设定门：只用记忆时，网络从不看方框里面，给每个人都猜同样的身体。',
  'Which parts trust their eyes, which their memory?': '哪些部位相信眼睛，哪些相信记忆？',
  Gates: '门',
  'Gates by part': '各部位的门',
  'New look  g₁': '新看到的  g₁',
  'Memory  g₂': '记忆  g₂',
  'new look': '新看到的',
  memory: '记忆',
  '{0}: {1} gates, mean {2}': '{0}：{1} 个门，平均 {2}',
  'As learned': '按学到的',
  'Only new': '只用新的',
  'Only old': '只用旧的',
  'No gates': '不用门',
  'Force the gates to see what they are for. The decoder runs again.':
    '强行设定门，看看它们有什么用。解码器会再运行一次。',
  'The decoder runs again …': '解码器正在再次运行 …',
  'The decoder runs again as soon as the network is here.': '网络一到，解码器就会再次运行。',
  'The memory is shut out: each stage starts again from what it sees.': '记忆被关在外面：每个阶段都从所见重新开始。',
  'Nothing new comes in: the network answers without having looked inside the box.':
    '没有新内容进来：网络没看方框里面就作答。',
  'SIM is skipped: look and memory are added as they are.': '跳过 SIM：所见与记忆直接相加。',
  'The joints move by {0} of the box’s height on average.': '关节平均移动了框高的 {0}。',
  'Nobody passes the threshold any more.': '没有人再达到阈值。',
  '{0}: {1} of the new look, {2} of the memory': '{0}：新看到的 {1}，记忆的 {2}',
  'Stage {0}, mean gates: {1}.': '阶段 {0}，门的平均值：{1}。',

  // 图 5 和图 6
  'Parts listen to each other': '部位互相倾听',
  'A hidden wrist can be guessed from a shoulder. So the seven parts of one person exchange what they know, by <0>attention</0>: each row of the square says how much one part takes from the others. A row sums to one.':
    '被遮住的手腕可以从肩膀猜出。所以一个人的七个部位用<0>注意力</0>（attention）交换所知：方阵的每一行说明一个部位从其他部位取多少。一行之和为一。',
  'Shown is the mean over all heads of the attention.': '显示的是所有注意力头的平均值。',
  'Is there a part that everybody listens to?': '有没有大家都听的部位？',
  'Part-to-part attention': '部位之间的注意力',
  itself: '自己',
  '“{0}”': '“{0}”',
  '{0}: most to {1} ({2})': '{0}：最多听{1}（{2}）',
  'Stage {0}: {1}.': '阶段 {0}：{1}。',
  'Stage {0}, whom each part listens to: {1}.': '阶段 {0}，各部位听谁：{1}。',
  'Stage {0}. The arrows show what “{1}” listens to; point at a cell to see one pair.':
    '阶段 {0}。箭头表示“{1}”听谁；指向一格可看一对。',
  'Stage {0}: “{1}” takes {2} of what is heard from {3}; an even share would be {4}.':
    '阶段 {0}：“{1}”所听到的有 {2} 来自{3}；平均份额是 {4}。',
  'Queries listen to each other': '查询互相倾听',
  'The queries of the whole picture talk as well, before they look. This is how they come to agree who takes which person: the formula is that of the parts, only the square is larger. (The shipped network also counts how much two boxes overlap, times a learned weight.) Rows and columns are sorted by final score, so the winners stand at the top and on the left.':
    '整张图片的查询在看之前也会交流。它们就这样商定谁负责哪个人：公式与部位之间的相同，只是方阵更大。（随附的网络还会计入两个方框的重叠程度，乘以一个学到的权重。）行和列按最终分数排列，胜出者在上方和左方。',
  'Does a winner listen to its rivals, or to other winners?': '胜出者听它的对手，还是听其他胜出者？',
  'Query-to-query attention': '查询之间的注意力',
  'A row for each query that listens, a column for each it listens to; the surest first.':
    '每个倾听的查询一行，每个被听的一列；最有把握的在前。',
  'person {0}': '第 {0} 人',
  'person {0} (query {1}) listens most to {2} ({3})': '第 {0} 人（查询 {1}）最多听{2}（{3}）',
  'Stage {0}. The boxes that {1} listens to, the thicker the more. Point at a cell to see one pair.':
    '阶段 {0}。{1}所听的方框，越粗听得越多。指向一格可看一对。',
  'Stage {0}: {1} ({2} sure in the end) takes {3} of what it hears from {4}; an even share would be {5}.':
    '阶段 {0}：{1}（最后把握 {2}）所听到的有 {3} 来自{4}；平均份额是 {5}。',

  // 图 7
  'How sure': '多有把握',
  'For each joint the network answers with a place and with a spread, across and down: <0>σ</0>. It was never told σ; it learned it, because wrong and sure costs more than wrong and unsure. So σ says which joints are surer than others. As a length it is too careful: most joints of the shipped network lie far within it.':
    '对每个关节，网络给出位置，以及横向和纵向的离散程度：<0>σ</0>。从没有人告诉它 σ；它自己学会了，因为错而自信比错而存疑代价更大。所以 σ 说明哪些关节比别的更确定。作为长度它过于谨慎：随附网络的大多数关节都远在 σ 之内。',
  'joint score = 1 − (σ<0>x</0> + σ<1>y</1>) / 2': '关节分数 = 1 − (σ<0>x</0> + σ<1>y</1>) / 2',
  'Cover a part of the person with the brush. The network looks at the covered picture, the ellipses grow, the joints wander to where such a body would have them.':
    '用画笔遮住人的一部分。网络去看遮住后的图片，椭圆变大，关节移到这种身体应有的位置。',
  'Cover one knee: which other joints become unsure?': '遮住一个膝盖：还有哪些关节变得不确定？',
  'Joints with the spread the network expects; paint to cover': '关节和网络预计的偏差范围；涂画可遮住',
  'Part to cover': '要遮住的部位',
  'Cover it': '遮住',
  Uncover: '揭开',
  'Looking again …': '正在再看一次 …',
  'σ of each joint: before ▏ and now': '各关节的 σ：之前 ▏ 和现在',
  'σ of each joint, the least sure first': '各关节的 σ，最不确定的在前',
  '{0}: spread {1} of the box': '{0}：偏差范围为方框的 {1}',
  '{0} {1} across, {2} down': '{0} 横向 {1}，纵向 {2}',
  'Spread in parts of the box, the least sure first: {0}.': '偏差范围占方框的比例，最不确定的在前：{0}。',
  'The network looks again as soon as it is here.': '网络一到，就会再看一次。',
  'Covered like this, nobody is found here any more.': '这样遮住后，这里再也找不到人了。',
  'The mean σ goes from {0} to {1} of the box; most for the {2}, times {3}. The white lines show where the joints wandered.':
    '平均 σ 从方框的 {0}% 变为 {1}；变化最大的是{2}，{3} 倍。白线表示关节移到了哪里。',
  'Each ellipse reaches one σ to each side; the surer the joint, the stronger its line. Paint over the person, or choose a part to cover, and the network looks again.':
    '每个椭圆向每一侧延伸一个 σ；关节越确定，线条越重。在人身上涂画，或选择要遮住的部位，网络就会再看一次。',

  // 图 8
  'What if': '如果……会怎样',
  'To learn what a part is good for, take it away. Each card is the same network on the same picture with one thing switched off; the grey skeleton is the answer as learned. The cost stands below in milliseconds on this device and in GMAC, billions of multiplications. A switch can make the run dearer: where the network is less strict, more queries pass and each costs a pose.':
    '想知道一个部分有什么用，就把它拿掉。每张卡片是同一个网络、同一张图片，只关掉一样东西；灰色骨架是正常的答案。下面是代价：本设备上的毫秒数，以及 GMAC（十亿次乘法）。关掉某样也可能更贵：网络不那么严格时，会有更多查询通过，每个都要算一个姿态。',
  '<0>Decode all</0> changes nothing but the cost. A person’s score is the box’s score; some networks, the paper’s among them, multiply it by the mean joint score, which only lowers it. So a query below the threshold can be left out before its pose is decoded:':
    '<0>全部解码</0>只改变代价。人的分数就是方框的分数；有些网络（包括论文里的）还要乘以关节的平均分数，那只会更低。所以低于阈值的查询在解码姿态之前就可以略去：',
  's<0>person</0> ≤ s': 's<0>人</0> ≤ s',
  'Which switch hurts most on your own picture?': '在您自己的图片上，关掉哪样损害最大？',
  'Stop after stage {0}': '在阶段 {0} 后停止',
  'Skip SIM': '跳过 SIM',
  'Only the new look': '只用新看到的',
  'Only the memory': '只用记忆',
  'Parts look everywhere alike': '部位处处一样看',
  'Decode all queries': '解码所有查询',
  'Run them all': '全部运行',
  'Press a case to run it, or run them all.': '点击一张卡片运行它，或全部运行。',
  'The cases run as soon as the network is here.': '网络一到，卡片就能运行。',
  'not run yet': '尚未运行',
  '{0} poses decoded': '解码了 {0} 个姿态',
  'joints {0} away': '关节偏离 {0}',
  'person lost': '人丢失了',
  'joints {0} of the box’s height away': '关节偏离框高的 {0}',
  'the person is lost': '人丢失了',

  // 图 9
  'What it costs': '代价是多少',
  'One bar is one look, from pixels to people; a glance before it, where there was one, is not in it. Seeing (backbone and pyramid) costs the same for every picture of a size; poses cost for each person. Decoding only those worth it is what makes the network run in a browser.':
    '一根横条是从像素到人的一次观看；在它之前若有一瞥，不计在内。看（主干和金字塔）对同样大小的每张图片代价相同；姿态按人数计。只解码值得的，网络才能在浏览器里运行。',
  'From how many people on would the poses cost more than the seeing?': '从多少人开始，姿态的代价会超过看的代价？',
  Unit: '单位',
  Multiplications: '乘法次数',
  'Milliseconds here': '这里的毫秒数',
  Backbone: '主干',
  Pyramid: '金字塔',
  'Box stages': '方框阶段',
  Choice: '选择',
  'Pose stages': '姿态阶段',
  'On demand: {0} poses': '按需：{0} 个姿态',
  'All {0} queries': '全部 {0} 个查询',
  'Measuring on this device …': '正在本设备上测量 …',
  'Measured as soon as the network is here.': '网络一到就测量。',
  'Decoding on demand does the same for {0} times less.': '按需解码得到同样结果，代价只有 {0} 分之一。',
  '{0}, {1}: {2}': '{0}，{1}：{2}',
  '{0}, {1}: {2}, {3} of the whole.': '{0}，{1}：{2}，占全部的 {3}。',
  '{0} {1}': '{0} {1}',
  '{0}.': '{0}。',
  '{0}. {1}': '{0}。{1}',
  '{0}. {1}.': '{0}。{1}。',

  // 供课堂使用
  'For a class': '供课堂使用',
  '<0>Who wins?</0> Go to stage 1 in figure 2. From the scores in its table alone, before pointing at a row, write down for each person which query will win. Play on. How often were you right, and what did the rivals do with their boxes after they had lost?':
    '<0>谁会胜出？</0>在图 2 中转到阶段 1。只凭表中的分数，在指向任何一行之前，为每个人写下哪个查询会胜出。继续播放。猜对了几次？对手落败后，它们的方框怎样了？',
  '<0>Eyes or memory?</0> Choose a person whose legs cannot be seen. Where do the legs look in figure 3? Force <1>Only old</1> and <2>Only new</2> in figure 4: which parts are seen, which are guessed?':
    '<0>眼睛还是记忆？</0>选一个看不到腿的人。在图 3 中腿看哪里？在图 4 中试试<1>只用旧的</1>和<2>只用新的</2>：哪些部位是看到的，哪些是猜的？',
  '<0>Cover the evidence.</0> In figure 7, cover an elbow, then the arm, then the face. Note the mean σ each time. Find the smallest patch that makes the person disappear, and explain it with the formula of figure 8.':
    '<0>遮住证据。</0>在图 7 中先遮住肘，再遮住手臂，再遮住脸。每次记下平均 σ。找出能让人消失的最小遮块，并用图 8 的公式解释。',
  'The sample and all switches are in the address of this page: send it, and others see the same; what you painted, and pictures of your own, stay with you. Keys: N and P step through the figures, T starts the tour, C enlarges the type for a classroom.':
    '示例和所有开关都在本页的地址里：发给别人，他们看到的就一样；您涂画的内容和自己的图片留在您这里。按键：N 和 P 逐图前进后退，T 开始导览，C 放大字体供课堂使用。',

  // 检验：图片和标注
  'How right is it?': '它有多准？',
  'Give the network pictures on which people marked every person and joint by hand, and see how often it says the same. It is counted as COCO counts. Pictures, annotations and results stay on this device.':
    '给网络一些图片，上面的每个人、每个关节都由人手工标出，看它有多少次说得一样。按 COCO 的方法计算。图片、标注和结果只留在本设备上。',
  'Pictures and annotations': '图片和标注',
  'Drop a folder of pictures and its annotations here: a .json file in COCO’s format, with people and their keypoints, such as person_keypoints_val2017.json. Or choose them:':
    '把图片文件夹和它的标注拖到这里：COCO 格式的 .json 文件，含有人和他们的关键点，例如 person_keypoints_val2017.json。也可以选择：',
  'Folder of pictures': '图片文件夹',
  Pictures: '图片',
  Annotations: '标注',
  'Choose a folder of pictures': '选择图片文件夹',
  'Choose pictures': '选择图片',
  'Choose a file of annotations': '选择标注文件',
  'Which ones': '是哪些',
  'Reading the list of files.': '正在读取文件列表。',
  'Reading {0}.': '正在读取 {0}。',
  'There are no files in this folder. Drop one with pictures and their annotations.':
    '这个文件夹里没有文件。请拖入含有图片和标注的文件夹。',
  'There are no pictures here. Drop a folder of pictures and their annotations.':
    '这里没有图片。请拖入含有图片和标注的文件夹。',
  'The annotations are read as soon as the network is here.': '网络一到就读取标注。',
  '{0} pictures are here.': '有 {0} 张图片。',
  '{0} Now the annotations: a .json file that says who is where on them.':
    '{0}现在需要标注：一个说明谁在哪里的 .json 文件。',
  '{0}: {1} with {2}.': '{0}：{1}，{2}。',
  'Not here: {0} of them. They count as if nobody had been found there.': '其中缺少 {0}。它们按没有找到人计算。',
  'None of its pictures is here, the first would be {0}. Drop or choose the folder that holds them.':
    '它的图片一张都不在，第一张应是 {0}。请拖入或选择存放它们的文件夹。',
  'Now its pictures: drop or choose the folder that holds them.': '现在需要它的图片：请拖入或选择存放它们的文件夹。',
  'Ready: {0} to look at.': '已就绪：要看 {0}。',

  // 检验：过程
  'The check': '检验',
  'its own, {0} px': '模型自己的，{0} 像素',
  Start: '开始',
  'Check again': '再次检验',
  'Go on': '继续',
  'Going on.': '继续进行。',
  'Pictures looked at': '已看的图片',
  'Looking at {0}.': '正在看 {0}。',
  '{1} of {0} pictures': '{1} / {0} 张图片',
  '{0} left': '还需 {0}',
  '{0} could not be read': '{0} 张无法读取',
  'Paused after {1} of {0} pictures.': '已暂停，看了 {1} / {0} 张图片。',
  '{0} It waited while you were elsewhere.': '{0}您在别处时，它一直在等。',
  'Cancelled after {0} pictures.': '看了 {0} 张图片后取消。',
  'The check was ended after {0} pictures.': '检验在 {0} 张图片后结束。',
  'A check is under way. Cancel it before you take other pictures.': '检验正在进行。换用其他图片前，请先取消。',
  'Another network took over, so the check was ended. Start it again to check that one.':
    '换成了另一个网络，所以检验结束了。要检验它，请重新开始。',
  'Another model took over, so the check was ended. Start it again.': '换成了另一个模型，所以检验结束了。请重新开始。',
  'Counting.': '正在计算。',
  'Done. AP is {0}.': '完成。AP 为 {0}。',
  'Done. AP is unknown: nobody counts.': '完成。AP 未知：没有计入的人。',

  // 检验：结果
  'What came out': '结果',
  '{0} at {1} px on {2}, {3}.': '{0}，{1} 像素，{2}，{3}。',
  '{0} at the size that suits people on {1}, {2}.': '{0}，适合人的大小，{1}，{2}。',
  '{0} pictures could not be read, and count as if nobody had been found there.':
    '{0} 张图片无法读取，按没有找到人计算。',
  'how right it is on the whole, from 0 to 100': '总体有多准，从 0 到 100',
  'where nearly right is enough': '大致正确即可时',
  'where joints must lie close': '关节必须很近时',
  'AP, medium': 'AP，中等',
  'AP, large': 'AP，大',
  'AP of boxes': '方框的 AP',
  'people of 32 × 32 to 96 × 96 px': '32 × 32 到 96 × 96 像素的人',
  'people above 96 × 96 px': '大于 96 × 96 像素的人',
  'how many people it can find at best, averaged as AP is': '最多能找到多少人，平均方法同 AP',
  'how right the boxes around people are': '人的方框有多准',
  'nobody of this size is marked': '没有标出这种大小的人',
  Time: '时间',
  'the network alone, a picture': '每张图片，仅网络',
  'From {0} sure, where the page shows people: precision {1}, recall {2}.':
    '把握在 {0} 以上（本页显示人的界限）：精确率 {1}，召回率 {2}。',
  'Nobody who counts is marked on these pictures, so there is nothing to draw.':
    '这些图片上没有标出要计入的人，所以没有可画的。',
  'unknown, nobody is shown': '未知，没有显示任何人',
  '<0>Precision</0>: of 100 people it shows, so many are really there. <1>Recall</1>: of 100 people who are there, it shows so many. Both at OKS 0.5, where joints may be off by about as much as a hand is wide.':
    '<0>精确率</0>：它显示的 100 人中，真正存在的有多少。<1>召回率</1>：存在的 100 人中，它显示出多少。两者都取 OKS 0.5，关节大约可偏一个手掌宽。',
  'Precision and recall in percent over the threshold. {0}': '精确率和召回率（百分比）随阈值的变化。{0}',
  'At {0}: {1} and {2}.': '阈值 {0}：{1} 和 {2}。',
  'nobody shown': '没有显示任何人',
  threshold: '阈值',
  'threshold {0}': '阈值 {0}',
  'threshold, % sure': '阈值，% 把握',
  precision: '精确率',
  recall: '召回率',
  'In numbers': '具体数字',
  'Pictures that could not be read': '无法读取的图片',
  'Save COCO results': '保存 COCO 结果',
  'Where it is most wrong': '错得最多的地方',
  'The pictures with the most mistakes at this threshold: people who were missed, and people shown who are not there. On the left what was marked by hand, on the right what the network shows. Grey boxes count neither way: crowds, and people without marked joints.':
    '在此阈值下错误最多的图片：漏掉的人，和显示出但并不存在的人。前一幅是手工标出的，后一幅是网络显示的。灰色方框不计入：人群，以及没有标出关节的人。',
  'Marked: {0}': '标出：{0}',
  'Network: {0}': '网络：{0}',
  '{0} missed': '漏掉 {0} 个',
  '{0} wrong': '错了 {0} 个',
  'This picture cannot be read any more.': '这张图片不能再读取了。',
};

/** 来自数据的词：关节、身体部位、关于模型的说明。 */
export const names = {
  nose: '鼻子',
  head: '头',
  neck: '脖子',
  'left eye': '左眼',
  'right eye': '右眼',
  'left ear': '左耳',
  'right ear': '右耳',
  'left shoulder': '左肩',
  'right shoulder': '右肩',
  'left elbow': '左肘',
  'right elbow': '右肘',
  'left wrist': '左腕',
  'right wrist': '右腕',
  'left hip': '左髋',
  'right hip': '右髋',
  'left knee': '左膝',
  'right knee': '右膝',
  'left ankle': '左踝',
  'right ankle': '右踝',
  shoulders: '双肩',
  hips: '双髋',
  '175 COCO pictures': '175 张 COCO 图片',
  'our own measurement': '我们自己的测量',
  'Learned from': '学习来源',
  "27,000 photos; two thirds of the labels are another network's, not people's":
    '27000 张照片；三分之二的标记来自另一个网络，而非人工',
  'Weak at': '不擅长',
  'small people, crowds, close-ups, mirrors': '很小的人、人群、特写、镜子',
  'Not for': '不可用于',
  'deciding anything about a person': '对一个人作任何决定',
  Right: '正确',
  '{0} of {1} people it shows': '显示的 {1} 人中有 {0} 人',
  Found: '找到',
  '{0} of {1} people, {2} of {3} large ones': '{1} 人中 {0} 人，较大的 {3} 人中 {2} 人',
  Joints: '关节',
  '{0} of {1} near their place, seen from the waist up': '{1} 个中 {0} 个接近正确位置，从腰部以上看',
};

/** 代码用英文报出的错误；{0} 匹配任何内容。 */
export const errors = {
  // 摄像头
  'The browser was not allowed to use the camera. Allow it in the address bar or in the system settings, then try again.':
    '浏览器没有获准使用摄像头。请在地址栏或系统设置中允许，然后重试。',
  'No camera was found. Connect one, then try again; pictures and videos work without.':
    '没有找到摄像头。请接上一个，然后重试；图片和视频不需要摄像头。',
  'The camera is busy in another program. Close that program, then try again.':
    '摄像头正被其他程序使用。请关闭那个程序，然后重试。',
  'This camera is gone. Choose another one, or try again.': '这个摄像头不在了。请换一个，或重试。',
  'This page may use the camera only over https or on localhost. Open it there.':
    '本页只有通过 https 或在 localhost 上才能使用摄像头。请那样打开。',
  'The camera could not be started ({0}). Try again.': '摄像头无法启动（{0}）。请重试。',
  'The camera was unplugged or stopped. Connect it, then press Camera again.':
    '摄像头被拔下或停止了。请接好，再按“摄像头”。',
  'Camera {0}': '摄像头 {0}',
  // 图片
  'This picture could not be read. Try another file, for example a JPEG or PNG.':
    '这张图片无法读取。请换一个文件，例如 JPEG 或 PNG。',
  'This picture did not arrive within {0}. Check its address and the connection.':
    '这张图片在 {0} 内没有到达。请检查它的地址和网络连接。',
  '{0} seconds': '{0} 秒',
  'This file is empty. Choose another picture.': '这个文件是空的。请选择另一张图片。',
  'This file cannot be read any more: was it moved or changed? Choose it again.':
    '这个文件不能再读取：是被移动或改动了吗？请重新选择。',
  'This file cannot be read any more: was it moved?': '这个文件不能再读取：是被移动了吗？',
  'This is a HEIC picture, which this browser cannot open. Save it as JPEG first: on an iPhone, choose Settings, Camera, Formats, Most Compatible.':
    '这是 HEIC 图片，本浏览器打不开。请先存为 JPEG：在 iPhone 上选择“设置”“相机”“格式”“兼容性最佳”。',
  'This is a {0} file, which this browser cannot open. Save it as JPEG or PNG first.':
    '这是 {0} 文件，本浏览器打不开。请先存为 JPEG 或 PNG。',
  'This file is not a picture this browser can open. Try a JPEG, PNG or WebP.':
    '这个文件不是本浏览器能打开的图片。请试试 JPEG、PNG 或 WebP。',
  'This picture has {0} million pixels ({1} × {2}); at most {3} million fit. Make it smaller and try again.':
    '这张图片有 {0} 百万像素（{1} × {2}），最多能容纳 {3} 百万。请缩小后再试。',
  'This file could not be read in time. Try a copy of it.': '这个文件没能及时读完。请试试它的副本。',
  'This ImageData has no pixels any more: its memory was given away.':
    '这个 ImageData 已没有像素：它的内存被交出去了。',
  'This picture has no size, so there is nothing to look at.': '这张图片没有大小，所以没有可看的。',
  'This video does not say how long it is, and its end could not be found. Try an MP4 or WebM file.':
    '此视频没有标明时长，也找不到结尾。请尝试 MP4 或 WebM 文件。',
  'This browser has no room for the picture. Make it smaller and try again.': '浏览器放不下这张图片。请缩小后再试。',
  'This picture comes from another site, which does not let pages read its pixels. Save it and open the file.':
    '这张图片来自另一个网站，它不允许读取像素。请保存后打开文件。',
  // 视频
  'This file is not a video this browser can play. Try an MP4 or WebM file.':
    '这个文件不是本浏览器能播放的视频。请试试 MP4 或 WebM。',
  'This video could not be played. Try an MP4 or WebM file.': '这个视频无法播放。请试试 MP4 或 WebM。',
  'This video has sound but no pictures. Choose another one.': '这个视频有声音但没有画面。请换一个。',
  'The video has had no picture for {0}. Start it, and wait for its first frame.':
    '视频已有 {0} 没有画面。请开始播放并等第一帧。',
  'The video gives no more frames. Try a copy of it, as MP4 or WebM.':
    '视频不再给出画面。请试试 MP4 或 WebM 格式的副本。',
  'This video cannot be taken apart into frames. Save it as MP4 or WebM first.':
    '这个视频无法拆成一帧一帧。请先存为 MP4 或 WebM。',
  'This browser does not show the frame at {0} s of this video. Try another browser.':
    '本浏览器显示不出这个视频第 {0} 秒的画面。请换一个浏览器。',
  'This browser cannot record. Try another one.': '本浏览器不能录制。请换一个。',
  // 模型：获取
  "A model can only be fetched from this page's own address, not from {0}. Download it there and drop the file on the page.":
    '模型只能从本页自己的地址获取，不能从 {0} 获取。请在那里下载，再把文件拖到本页。',
  '{0} could not be fetched. Check the connection and try again.': '无法获取 {0}。请检查网络连接后再试。',
  '{0} could not be fetched: the server answered {1}. Check its address, or try again.':
    '无法获取 {0}：服务器回答 {1}。请检查地址，或再试一次。',
  'The connection broke while {0} was on its way ({1}). Try again.': '{0} 传输途中连接中断（{1}）。请再试一次。',
  '{0} has more than {1} MB, which is no text of a model.': '{0} 超过 {1} MB，不是模型的文本文件。',
  '{0} did not arrive: nothing came for {1} seconds. Check the connection and try again.':
    '{0} 没有到达：{1} 秒内没有收到任何内容。请检查网络连接后再试。',
  '{0} came as a web page: this host answers with a page for files that it does not have. Check the address of the model.':
    '{0} 收到的是网页：这个服务器没有文件时会返回网页。请检查模型的地址。',
  "The list of the model's files ({0}) is broken. Build the page again with `querypose serve`.":
    '模型的文件列表（{0}）已损坏。请用 `querypose serve` 重新生成本页。',
  '{0} arrived damaged: it does not match its checksum. Reload the page to fetch it again.':
    '{0} 收到时已损坏：校验和不符。请重新加载本页再次获取。',
  'There is no model here{0}. A model is a .safetensors or .pth file, alone or in a folder with its config.json.':
    '这里没有模型{0}。模型是 .safetensors 或 .pth 文件，可单独存在，或与 config.json 放在一个文件夹里。',
  ', only {0}': '，只有 {0}',
  'This model is in several pieces: `querypose convert FOLDER NEW_FOLDER` makes one file of them.':
    '这个模型分成了多个文件：用 `querypose convert FOLDER NEW_FOLDER` 可以合并成一个文件。',
  'There are several models here: {0}. Choose one of them.': '这里有多个模型：{0}。请选择其中一个。',
  '{0} is not kept on this device any more. Drop its file on the page again.':
    '{0} 已不在本设备上。请把它的文件再次拖到本页。',
  '{0} could not be kept ({1}). Try again.': '无法保存 {0}（{1}）。请再试一次。',
  'config.json has {0} bytes, which is no configuration of a model.': 'config.json 有 {0} 字节，不是模型的配置。',
  // 模型：文件内容（Rust）
  'no weights, but {0}': '不是权重，而是{0}',
  'no config.json, but {0}': '不是 config.json，而是{0}',
  "a web page: the address gave a page instead of the file, download it with the page's own link or button":
    '网页：地址给出的是网页而不是文件，请用那个网页上的链接或按钮下载',
  'a pointer of Git LFS, not the file itself: run `git lfs pull`, or download the file':
    'Git LFS 的指针，不是文件本身：请运行 `git lfs pull`，或下载该文件',
  'a tar archive: unpack it, or save it again if an old PyTorch wrote it':
    'tar 归档：请解包；若由旧版 PyTorch 写成，请重新保存',
  'packed with gzip: unpack it first': '用 gzip 压缩过：请先解压',
  'packed with 7-Zip: unpack it first': '用 7-Zip 压缩过：请先解压',
  'no safetensors file: it has only {0} bytes': '不是 safetensors 文件：只有 {0} 字节',
  'no safetensors file: it is a text in JSON, as configurations and error messages are':
    '不是 safetensors 文件：是 JSON 文本，像配置或错误信息',
  'no safetensors file, or cut short: it announces a header of {0} bytes and has {1} bytes in all':
    '不是 safetensors 文件，或不完整：声明文件头 {0} 字节，总共只有 {1} 字节',
  'does not fit its checksum: the file is damaged, fetch it again': '与校验和不符：文件已损坏，请重新获取',
  "the zip file's directory at its end is missing: the file is cut short, fetch it again":
    'zip 文件末尾的目录缺失：文件不完整，请重新获取',
  'a zip file, but no PyTorch checkpoint: there is no data.pkl in it':
    '是 zip 文件，但不是 PyTorch 检查点：里面没有 data.pkl',
  "a TorchScript archive, no checkpoint: save the model's state_dict() instead":
    '是 TorchScript 归档，不是检查点：请保存模型的 state_dict()',
  'it holds no state-dict: save model.state_dict()': '里面没有 state-dict：请保存 model.state_dict()',
  'tensor "{0}" is missing': '缺少张量“{0}”',
  'tensor "{0}" is missing, so what it is made for cannot be told': '缺少张量“{0}”，因此看不出它是做什么用的',
  'this is no QueryPose: there are no tensors "init_proposal_features.weight" and "part_query.weight" among its {0} (it begins with {1})':
    '这不是 QueryPose：它的 {0} 个张量中没有“init_proposal_features.weight”和“part_query.weight”（开头是 {1}）',
  'cannot be read ({0}): was it moved or changed?': '无法读取（{0}）：是被移动或改动了吗？',
  "not a model's config.json: {0}": '不是模型的 config.json：{0}',
  // 模型的说明
  'full {0}': '完整版 {0}',
  'light {0}': '轻量版 {0}',
  // 网络在哪里运行，为什么
  'The processor was asked for.': '按要求使用处理器。',
  'The processor answers until WebGPU is ready.': 'WebGPU 就绪之前由处理器计算。',
  'WebGPU was asked for.': '按要求使用 WebGPU。',
  'The processor is faster here: {0}.': '这里处理器更快：{0}。',
  'WebGPU is faster here: {0}.': '这里 WebGPU 更快：{0}。',
  '{0} a picture on WebGPU, {1} on the processor': '每张图片 WebGPU 用 {0}，处理器用 {1}',
  'WebGPU cannot be used here: {0}.': '这里不能使用 WebGPU：{0}。',
  'WebGPU cannot be used here: {0}. Choose the processor instead.': '这里不能使用 WebGPU：{0}。请改选处理器。',
  'WebGPU is not used: {0}.': '不使用 WebGPU：{0}。',
  'WebGPU gave the right answers here.': 'WebGPU 在这里给出了正确答案。',
  'WebGPU cannot run this model here: {0}.': 'WebGPU 在这里运行不了这个模型：{0}。',
  '{0} cannot be run: {1}': '{0} 无法运行：{1}',
  'it gives no numbers': '它没有给出数字',
  '{0} ({1}), so the processor took over.': '{0}（{1}），因此改由处理器运行。',
  'The graphics device stopped': '图形设备停止了',
  'The engine stopped while it used the graphics device': '引擎在使用图形设备时停止了',
  'The graphics device has too little memory': '图形设备内存太少',
  'This is too much for the graphics device': '这超出了图形设备的能力',
  'this browser offers no graphics adapter': '本浏览器没有提供图形适配器',
  'the only graphics adapter here is made of software': '这里唯一的图形适配器是软件模拟的',
  'this browser offers no WebGPU adapter; update it or its graphics driver, or switch WebGPU on':
    '本浏览器没有 WebGPU 适配器；请更新浏览器或显卡驱动，或打开 WebGPU',
  'the adapter needed more than {0} seconds for one picture': '图形适配器处理一张图片超过 {0} 秒',
  'this adapter ({0}) gives wrong answers, {1}': '这个图形适配器（{0}）给出错误答案，{1}',
  '{0} people instead of {1} on the check picture': '检查图片上找到 {0} 人，应为 {1} 人',
  '{0} joints instead of {1} on the check picture': '检查图片上找到 {0} 个关节，应为 {1} 个',
  'a joint {0} px away from where it should be': '一个关节偏了 {0} px',
  'a score off by {0}': '一个分数差了 {0}',
  'no usable GPU: {0}': '没有可用的图形处理器：{0}',
  'too large for this GPU: {0}': '对这个图形处理器太大：{0}',
  'the GPU is out of memory: {0}': '图形处理器内存不足：{0}',
  'the GPU was lost: {0}': '图形处理器丢失：{0}',
  'the GPU driver refused: {0}': '图形驱动拒绝：{0}',
  'this takes {0} MB of memory, which are not to be had here; use a smaller size or model':
    '这需要 {0} MB 内存，这里没有；请用更小的尺寸或模型',
  '{0} takes {1} bytes, this device binds {2} at most; use a smaller picture or model, or the cpu engine':
    '{0} 占 {1} 字节，本设备最多 {2}；请用更小的图片或模型，或改用处理器',
  // 引擎
  'The engine gives wrong answers in this browser: {0}. Please try another browser.':
    '引擎在本浏览器中给出错误答案：{0}。请换一个浏览器。',
  "The engine's files did not arrive within {0} seconds. Check the connection and try again.":
    '引擎文件在 {0} 秒内没有到达。请检查网络连接后再试。',
  'The engine stopped: {0}. Reload the page to start it again.': '引擎停止了：{0}。请重新加载本页。',
  'its files could not be loaded': '它的文件无法加载',
  'The engine gave an answer that cannot be read. Reload the page to start it again.':
    '引擎给出的回答无法读取。请重新加载本页。',
  'The engine stopped in the middle ({0}). Most likely {1} needs more memory than this browser gives.':
    '引擎中途停止（{0}）。很可能 {1} 需要的内存超过了浏览器能给的。',
  'the model': '模型',
  "The engine ({0}) could not be started: it arrived damaged, or this page's Content-Security-Policy lacks 'wasm-unsafe-eval' ({1}). Reload the page.":
    '引擎（{0}）无法启动：文件已损坏，或本页的 Content-Security-Policy 缺少 ‘wasm-unsafe-eval’（{1}）。请重新加载页面。',
  "The engine's worker could not be started ({0}).": '引擎的 worker 无法启动（{0}）。',
  'QueryPose runs in browsers: there are no Workers here.': 'QueryPose 在浏览器中运行：这里没有 Worker。',
  'This network was disposed of.': '这个网络已被释放。',
  'This stream was closed.': '这个流已关闭。',
  'This worker has a model already. Load the other one with a worker of its own.':
    '这个 worker 已有模型。请用另一个 worker 加载。',
  // 检验
  'What counts could not be started. Check the connection and reload the page.':
    '计数程序无法启动。请检查网络连接并重新加载本页。',
  'This is too much for this browser: its memory is full. Try fewer pictures.':
    '这超出了浏览器的能力：内存已满。请减少图片。',
  'this file cannot be read. It may be too large, or was moved. Choose it again.':
    '这个文件无法读取。可能太大，或被移动了。请重新选择。',
  'no COCO annotations, but {0}': '不是 COCO 标注，而是{0}',
  'a list, as COCO results are': '像 COCO 结果那样的列表',
  'UTF-16: save it as UTF-8': 'UTF-16：请另存为 UTF-8',
  'has {0} in line {1}, which is no number in JSON': '第 {1} 行有 {0}，在 JSON 中不是数字',
  'several categories are named person, and list other keypoints': '多个类别名为 person，且列出不同的关键点',
  '{0} people have neither bbox nor outline nor keypoints: nobody knows where, so they do not count':
    '{0} 人既没有 bbox，也没有轮廓和关键点：位置不明，因此不计入',
  'not COCO annotations (a list `images` with id and file_name): {0}':
    '不是 COCO 标注（应有含 id 和 file_name 的列表 `images`）：{0}',
  'two images have the id {0}': '两张图片的 id 都是 {0}',
  'names no pictures': '没有列出图片',
  'there is not a single person annotated{0}: nothing can be counted': '没有标注任何人{0}：无法计数',
  ' on the pictures looked at': '（在看过的图片上）',
  "COCO's figures are of its {0} keypoints, and this model gives {1}":
    'COCO 的指标针对它的 {0} 个关键点，而这个模型给出 {1} 个',
  '{0} annotations are of pictures that `images` does not list; they do not count':
    '{0} 条标注属于 `images` 未列出的图片；不计入',
  'lists no categories: all annotations are taken for people': '没有列出类别：所有标注都当作人',
  '{0} of {1} people have no {2}': '{1} 人中有 {0} 人没有 {2}',
  'area, or 0: taken from the outline, or else from the bbox, which is larger and counts kinder':
    'area（或为 0）：取自轮廓，否则取自 bbox，后者更大，计分更宽松',
  'bbox: taken from the outline or the keypoints': 'bbox：取自轮廓或关键点',
  "lists the keypoints in another order than the model: they are put into the model's":
    '关键点顺序与模型不同：已按模型的顺序排列',
  'names the keypoints in another way than the model: they are taken in the order they have':
    '关键点名称与模型不同：按它们现有的顺序使用',
};
